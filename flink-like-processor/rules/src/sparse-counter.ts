import { type ByteWriter } from '@fintech-streams/records'

/** Stands in a place that holds no slot; before the year 0 in minutes. */
const FREE = -(2 ** 31)

/**
 * Counts by a small integer (a minute, an hour of the day), kept as pairs in one array: most customers have a handful
 * of entries, and a Map each would be most of the state's memory. A forgotten slot's place is taken by the next new one,
 * so a customer who goes on as before makes no garbage, which would be old when it is one.
 */
export class SparseCounter {
  #pairs: number[]

  constructor(pairs: number[] = []) {
    this.#pairs = pairs
  }

  get(slot: number): number {
    for (let at = 0; at < this.#pairs.length; at += 2) {
      if (this.#pairs[at] === slot) return this.#pairs[at + 1]!
    }
    return 0
  }

  increment(slot: number): void {
    let free = -1
    for (let at = 0; at < this.#pairs.length; at += 2) {
      if (this.#pairs[at] === slot) {
        this.#pairs[at + 1]! += 1
        return
      }
      if (this.#pairs[at] === FREE) free = at
    }
    if (free === -1) free = this.#grow()
    this.#pairs[free] = slot
    this.#pairs[free + 1] = 1
  }

  /** Makes room for a few more. @returns a free place. */
  #grow(): number {
    const pairs = this.#pairs
    const more: number[] = []
    for (let places = Math.max(1, pairs.length >> 2); places > 0; places -= 1) more.push(FREE, 0)
    // An array that is pushed to, or spread into another, keeps room for 16 more; one that concat makes does not.
    this.#pairs = pairs.concat(more)
    return pairs.length
  }

  /** The sum of the counts of all slots from `first` to `last`, both included. */
  sum(first: number, last: number): number {
    let sum = 0
    for (let at = 0; at < this.#pairs.length; at += 2) {
      const slot = this.#pairs[at]!
      if (slot >= first && slot <= last) sum += this.#pairs[at + 1]!
    }
    return sum
  }

  /** Forgets all slots below `first`. */
  dropBelow(first: number): void {
    const pairs = this.#pairs
    for (let at = 0; at < pairs.length; at += 2) if (pairs[at]! < first) pairs[at] = FREE
  }

  /** Writes slots and counts as one JSON array. */
  write(into: ByteWriter): void {
    let head = '['
    for (let at = 0; at < this.#pairs.length; at += 2) {
      if (this.#pairs[at] === FREE) continue
      into.ascii(head)
      into.number(this.#pairs[at]!)
      into.ascii(',')
      into.number(this.#pairs[at + 1]!)
      head = ','
    }
    into.ascii(head === '[' ? '[]' : ']')
  }
}
