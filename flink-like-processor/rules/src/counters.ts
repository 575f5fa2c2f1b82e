import { type Lists, offsetOf } from '@fintech-streams/engine'
import { type ByteReader, type ByteWriter } from '@fintech-streams/records'

/** Stands in a place that holds no slot; before the year 0 in minutes. */
const FREE = -(2 ** 31)

/**
 * Counts by a small integer, such as a minute or an hour of the day, for many owners: each has a list of cells `[slot,
 * count]`, and two integers somewhere that say where the list is and how many places of it are used. A forgotten slot's place is
 * taken by the next new one.
 */
export class Counters {
  readonly #lists: Lists

  constructor(lists: Lists) {
    this.#lists = lists
  }

  /** @param at where the owner's two integers are. */
  get(owner: Int32Array, at: number, slot: number): number {
    return this.sum(owner, at, slot, slot)
  }

  increment(owner: Int32Array, at: number, slot: number, by = 1): void {
    const size = owner[at + 1]!
    let free = -1
    if (size > 0) {
      const { ints } = this.#lists.page(owner[at]!)
      const first = 2 * offsetOf(owner[at]!)
      for (let place = first; place < first + 2 * size; place += 2) {
        if (ints[place] === slot) {
          ints[place + 1]! += by
          return
        }
        if (ints[place] === FREE) free = place
      }
      if (free !== -1) {
        ints[free] = slot
        ints[free + 1] = by
        return
      }
    }
    this.#append(owner, at, slot, by)
  }

  #append(owner: Int32Array, at: number, slot: number, by: number): void {
    const handle = this.#lists.withRoom(owner[at]!, owner[at + 1]!)
    const place = 2 * (offsetOf(handle) + owner[at + 1]!)
    const { ints } = this.#lists.page(handle)
    ints[place] = slot
    ints[place + 1] = by
    owner[at] = handle
    owner[at + 1]! += 1
  }

  /** The sum of the counts of all slots from `first` to `last`, both included. */
  sum(owner: Int32Array, at: number, first: number, last: number): number {
    const size = owner[at + 1]!
    if (size === 0) return 0
    const { ints } = this.#lists.page(owner[at]!)
    const start = 2 * offsetOf(owner[at]!)
    let sum = 0
    for (let place = start; place < start + 2 * size; place += 2) {
      const slot = ints[place]!
      if (slot >= first && slot <= last) sum += ints[place + 1]!
    }
    return sum
  }

  /** Forgets all slots below `first`. */
  dropBelow(owner: Int32Array, at: number, first: number): void {
    const size = owner[at + 1]!
    if (size === 0) return
    const { ints } = this.#lists.page(owner[at]!)
    const start = 2 * offsetOf(owner[at]!)
    for (let place = start; place < start + 2 * size; place += 2) if (ints[place]! < first) ints[place] = FREE
  }

  /** Forgets everything of an owner. */
  forget(owner: Int32Array, at: number): void {
    if (owner[at + 1]! > 0) this.#lists.giveRoom(owner[at]!, owner[at + 1]!)
    owner[at] = 0
    owner[at + 1] = 0
  }

  write(owner: Int32Array, at: number, into: ByteWriter): void {
    let used = 0
    this.#forEach(owner, at, () => (used += 1))
    into.varint(used)
    this.#forEach(owner, at, (slot, count) => {
      into.varint(slot)
      into.varint(count)
    })
  }

  #forEach(owner: Int32Array, at: number, visit: (slot: number, count: number) => void): void {
    const size = owner[at + 1]!
    if (size === 0) return
    const { ints } = this.#lists.page(owner[at]!)
    const start = 2 * offsetOf(owner[at]!)
    for (let place = start; place < start + 2 * size; place += 2) {
      if (ints[place] !== FREE) visit(ints[place]!, ints[place + 1]!)
    }
  }

  read(owner: Int32Array, at: number, from: ByteReader): void {
    for (let left = from.varint(); left > 0; left -= 1) this.#append(owner, at, from.varint(), from.varint())
  }

  /** Adds slots and counts as state of versions 2 and 3 has them, one after the other. */
  readJson(owner: Int32Array, at: number, pairs: readonly number[]): void {
    for (let pair = 0; pair < pairs.length; pair += 2) this.#append(owner, at, pairs[pair]!, pairs[pair + 1]!)
  }
}
