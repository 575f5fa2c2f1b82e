/** Exact arithmetic in minor units. Nothing here rounds but where the contract says so. */

export function sum(values: Iterable<bigint>): bigint {
  let total = 0n
  for (const value of values) total += value
  return total
}

/** Minor units, not negative, as a decimal string. */
export function decimal(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
}

/** The average of `count` amounts, none negative, rounded half up: floor(total / count + 1/2). */
export function averageDecimal(totalMinor: bigint, count: number): string {
  const n = BigInt(count)
  return decimal((2n * totalMinor + n) / (2n * n))
}

/** A fraction as the nearest double, give or take an ulp or two; 0 where the denominator is 0. */
export function ratio(numerator: bigint | number, denominator: bigint | number): number {
  return Number(denominator) === 0 ? 0 : Number(numerator) / Number(denominator)
}

/** Division that rounds towards minus infinity: epoch-aligned windows hold before 1970, too. */
export function floorDivide(value: number, by: number): number {
  return Math.floor(value / by)
}

/** The hour of the UTC day, 0 to 23. */
export function hourOfDay(ms: number): number {
  return new Date(ms).getUTCHours()
}

/** Value to count, in which an absent value does not count. */
export function distribution(values: Iterable<string | null>): Record<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Object.fromEntries(counts)
}

/** Value to decimal string; values whose amounts sum to nothing are left out. */
export function amounts(entries: Iterable<readonly [string | null, bigint]>): Record<string, string> {
  const totals = new Map<string, bigint>()
  for (const [value, minor] of entries) if (value !== null) totals.set(value, (totals.get(value) ?? 0n) + minor)
  return Object.fromEntries(
    [...totals].filter(([, minor]) => minor !== 0n).map(([value, minor]) => [value, decimal(minor)]),
  )
}

/** The largest counts of a distribution, ties by value ascending. */
export function largest(counts: Record<string, number>, keep: number): Record<string, number> {
  const byCount = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return Object.fromEntries(byCount.slice(0, keep))
}

/** Groups values by a key, in order. */
export function groupBy<T>(values: Iterable<T>, keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
