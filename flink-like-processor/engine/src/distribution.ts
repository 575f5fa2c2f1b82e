import { addMinor, formatMinor, type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'

/** Up to this many values are looked for one by one. With more there is an index. */
const SCANNED_MAX = 16

/**
 * A sum by value. Most windows of most keys see one to three values, and there are a dozen of these for each of
 * them, so the first value stands in the object itself and the next ones in one array: a Map each would be most of the
 * state's memory and of the collector's work.
 */
export abstract class Tally<V extends SumMinor> {
  /** `undefined` when empty: then `#more` is, too. */
  #first: string | undefined
  #firstSum: SumMinor = 0
  /** Value, sum, value, sum … in the order of their first appearance. */
  #more: (string | SumMinor)[] | undefined
  /** Places of values in `#more`. */
  #index: Map<string, number> | undefined

  constructor(entries: Iterable<readonly [string, V]> = []) {
    for (const [value, sum] of entries) this.add(value, sum)
  }

  /** Adds to a value's sum, exactly. */
  add(value: string, by: V): void {
    if (this.#first === value) {
      this.#firstSum = addMinor(this.#firstSum, by)
    } else if (this.#first === undefined) {
      this.#first = value
      this.#firstSum = by
    } else {
      this.#addMore(value, by)
    }
  }

  #addMore(value: string, by: V): void {
    const at = this.#placeOf(value)
    if (at !== -1) {
      this.#more![at + 1] = addMinor(this.#more![at + 1] as SumMinor, by)
    } else if (this.#more === undefined) {
      this.#more = [value, by]
    } else if (this.#more.length < SCANNED_MAX) {
      // Copied, since an array that is pushed to keeps room for many more.
      this.#more = this.#more.concat(value, by)
    } else {
      this.#index ??= indexOf(this.#more)
      this.#index.set(value, this.#more.length)
      this.#more.push(value, by)
    }
  }

  /** The place of a value in `#more`, or -1. */
  #placeOf(value: string): number {
    if (this.#index !== undefined) return this.#index.get(value) ?? -1
    const more = this.#more
    if (more === undefined) return -1
    for (let at = 0; at < more.length; at += 2) if (more[at] === value) return at
    return -1
  }

  /** The sum of a value, `undefined` when it never occurred. */
  get(value: string): V | undefined {
    if (this.#first === value) return this.#firstSum as V
    const at = this.#placeOf(value)
    return at === -1 ? undefined : (this.#more![at + 1] as V)
  }

  /** How many values occurred. */
  get size(): number {
    return this.#first === undefined ? 0 : 1 + (this.#more?.length ?? 0) / 2
  }

  /** Adds another one to this one. */
  merge(from: Tally<V>): void {
    from.forEach((value, sum) => this.add(value, sum))
  }

  /** Calls back with every value and its sum, in the order of their first appearance. */
  forEach(visit: (value: string, sum: V) => void): void {
    if (this.#first === undefined) return
    visit(this.#first, this.#firstSum as V)
    const more = this.#more
    if (more === undefined) return
    for (let at = 0; at < more.length; at += 2) visit(more[at] as string, more[at + 1] as V)
  }

  /** The sum of all sums. */
  total(): V {
    let total: SumMinor = 0
    this.forEach((_value, sum) => (total = addMinor(total, sum)))
    return total as V
  }

  /** As it stands in the changelog. */
  toJSON(): [string, V][] {
    const entries: [string, V][] = []
    this.forEach((value, sum) => entries.push([value, sum]))
    return entries
  }

  /** Writes what `toJSON` says, sums beyond the safe integer range as digits in quotes. */
  writeState(into: ByteWriter): void {
    into.ascii('[')
    if (this.#first !== undefined) {
      writePair(into, '[', this.#first, this.#firstSum)
      const more = this.#more ?? []
      for (let at = 0; at < more.length; at += 2) writePair(into, ',[', more[at] as string, more[at + 1] as SumMinor)
    }
    into.ascii(']')
  }

  /** Writes the JSON object that stands in a result. */
  writeResult(into: ByteWriter): void {
    let head = '{'
    if (this.#first !== undefined && this.writeMember(into, head, this.#first, this.#firstSum as V)) head = ','
    const more = this.#more ?? []
    for (let at = 0; at < more.length; at += 2) {
      if (this.writeMember(into, head, more[at] as string, more[at + 1] as V)) head = ','
    }
    into.ascii(head === '{' ? '{}' : '}')
  }

  /** Writes one member of a result's object behind `head`. @returns false when the value has no place in a result. */
  protected abstract writeMember(into: ByteWriter, head: string, value: string, sum: V): boolean
}

function writePair(into: ByteWriter, head: string, value: string, sum: SumMinor): void {
  into.ascii(head)
  into.json(value)
  into.ascii(',')
  writeSum(into, sum)
  into.ascii(']')
}

/** Writes a sum of money as it stands in state: one beyond the safe integer range as digits in quotes. */
export function writeSum(into: ByteWriter, sum: SumMinor): void {
  if (typeof sum === 'number') into.number(sum)
  else into.json(sum.toString())
}

function indexOf(pairs: readonly (string | SumMinor)[]): Map<string, number> {
  const index = new Map<string, number>()
  for (let at = 0; at < pairs.length; at += 2) index.set(pairs[at] as string, at)
  return index
}

/** How often each value occurred. */
export class Distribution extends Tally<number> {
  increment(value: string): void {
    this.add(value, 1)
  }

  /** The largest count, 0 when empty. */
  largest(): number {
    let largest = 0
    this.forEach((_value, count) => {
      if (count > largest) largest = count
    })
    return largest
  }

  protected override writeMember(into: ByteWriter, head: string, value: string, count: number): boolean {
    into.ascii(head)
    into.json(value)
    into.ascii(':')
    into.number(count)
    return true
  }
}

/** How much money fell on each value, in minor units. */
export class AmountDistribution extends Tally<SumMinor> {
  /** A decimal string. A value whose amounts sum to nothing is no entry. */
  protected override writeMember(into: ByteWriter, head: string, value: string, sum: SumMinor): boolean {
    if (sum === 0) return false
    into.ascii(head)
    into.json(value)
    into.ascii(':"')
    into.ascii(formatMinor(sum))
    into.ascii('"')
    return true
  }
}
