import { addMinor, formatMinor, type SumMinor } from '@fintech-streams/contracts'

/** How often each value occurred. A value is any text of the data, so this is a Map and never a plain object. */
export class Distribution extends Map<string, number> {
  increment(value: string, by = 1): void {
    this.set(value, (this.get(value) ?? 0) + by)
  }

  /** Adds another distribution to this one. */
  merge(from: Distribution): void {
    for (const [value, count] of from) this.increment(value, count)
  }

  /** The largest count, 0 when empty. */
  largest(): number {
    let largest = 0
    for (const count of this.values()) if (count > largest) largest = count
    return largest
  }

  total(): number {
    let total = 0
    for (const count of this.values()) total += count
    return total
  }

  /** As it stands in a result. */
  toRecord(): Record<string, number> {
    return Object.fromEntries(this)
  }

  toJSON(): [string, number][] {
    return [...this]
  }
}

/** How much money fell on each value, in minor units. */
export class AmountDistribution extends Map<string, SumMinor> {
  add(value: string, amountMinor: SumMinor): void {
    const sum = this.get(value)
    this.set(value, sum === undefined ? amountMinor : addMinor(sum, amountMinor))
  }

  /** Adds another distribution to this one. */
  merge(from: AmountDistribution): void {
    for (const [value, amountMinor] of from) this.add(value, amountMinor)
  }

  /** As it stands in a result: decimal strings. A value whose amounts sum to nothing is no entry. */
  toRecord(): Record<string, string> {
    const record: [string, string][] = []
    for (const [value, amountMinor] of this) {
      if (amountMinor !== 0) record.push([value, formatMinor(amountMinor)])
    }
    return Object.fromEntries(record)
  }

  toJSON(): [string, SumMinor][] {
    return [...this]
  }
}
