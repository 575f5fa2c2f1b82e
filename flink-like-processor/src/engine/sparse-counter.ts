import { type ByteWriter } from './byte-writer.ts'

/** A longer array grows by pushing. */
const PUSHED_MIN = 32

/**
 * Counts by a small integer (a minute, an hour of the day), kept as pairs in one array: most customers have a handful
 * of entries, and a Map each would be most of the state's memory.
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
    for (let at = 0; at < this.#pairs.length; at += 2) {
      if (this.#pairs[at] === slot) {
        this.#pairs[at + 1]! += 1
        return
      }
    }
    // An array that is pushed to, or spread into another, keeps room for 16 more; one that concat makes does not.
    if (this.#pairs.length < PUSHED_MIN) this.#pairs = this.#pairs.concat(slot, 1)
    else this.#pairs.push(slot, 1)
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
    let kept = 0
    for (let at = 0; at < pairs.length; at += 2) {
      if (pairs[at]! < first) continue
      pairs[kept] = pairs[at]!
      pairs[kept + 1] = pairs[at + 1]!
      kept += 2
    }
    if (kept < pairs.length) this.#pairs = pairs.slice(0, kept)
  }

  /** Writes slots and counts as one JSON array. */
  write(into: ByteWriter): void {
    into.ascii('[')
    for (let at = 0; at < this.#pairs.length; at += 1) {
      if (at > 0) into.ascii(',')
      into.number(this.#pairs[at]!)
    }
    into.ascii(']')
  }
}
