/** What is known of the transactions of one event-time minute. */
export interface Tally {
  count: number
  /** Sum of `amount_usd` in minor units. */
  minor: bigint
}

/** Tallies by event-time minute since the epoch; a minute without an entry has nothing. */
export type Minutes = ReadonlyMap<number, Tally>

/** Several sides added up. */
export function sumOf(...sides: readonly Minutes[]): Minutes {
  const sum = new Map<number, Tally>()
  for (const side of sides) {
    for (const [minute, { count, minor }] of side) {
      const known = sum.get(minute) ?? { count: 0, minor: 0n }
      sum.set(minute, { count: known.count + count, minor: known.minor + minor })
    }
  }
  return sum
}

/** All minutes together. */
export function totalOf(side: Minutes): Tally {
  let total: Tally = { count: 0, minor: 0n }
  for (const { count, minor } of side.values()) total = { count: total.count + count, minor: total.minor + minor }
  return total
}

/** The minutes before this one. */
export function before(side: Minutes, minute: number): Minutes {
  return new Map([...side].filter(([of]) => of < minute))
}
