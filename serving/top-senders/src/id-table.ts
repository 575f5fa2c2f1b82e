import { randomInt } from 'node:crypto'
import { hashKey, KEY_WORDS, parseUuid } from '@fintech-streams/records'

const SLOTS_MIN = 256
/** A table grows when more than two thirds of its slots are taken. */
const TAKEN_MAX = 2 / 3
/** The process's own: ids are the senders' to choose, and nobody can choose such that collide. */
const SEED = randomInt(2 ** 32)

/** A set of transaction ids: open addressing over one typed array, 16 bytes a slot, no object an id. */
export class IdTable {
  #slots = SLOTS_MIN
  #words = new Int32Array(SLOTS_MIN * KEY_WORDS)
  #size = 0
  /** The id of nothing but zeros is what a free slot looks like. */
  #hasZero = false
  readonly #id = new Int32Array(KEY_WORDS)

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#words.byteLength
  }

  /** Adds a UUID in its usual form. @returns false when it was there. */
  add(uuid: string): boolean {
    parseUuid(uuid, this.#id, 0)
    return this.#addWords(this.#id, 0)
  }

  has(uuid: string): boolean {
    parseUuid(uuid, this.#id, 0)
    const slot = this.#find(this.#words, this.#slots, this.#id, 0)
    return isZero(this.#id, 0) ? this.#hasZero : !isZero(this.#words, slot)
  }

  /** Adds packed ids, as {@link packIds} makes them. */
  addPacked(packed: Buffer): void {
    const words = new Int32Array(packed.length / 4)
    for (let at = 0; at < words.length; at += 1) words[at] = packed.readInt32BE(at * 4)
    for (let at = 0; at < words.length; at += KEY_WORDS) this.#addWords(words, at)
  }

  #addWords(from: Int32Array, at: number): boolean {
    if (isZero(from, at)) {
      if (this.#hasZero) return false
      this.#hasZero = true
      this.#size += 1
      return true
    }
    if (this.#size >= this.#slots * TAKEN_MAX) this.#grow()
    const slot = this.#find(this.#words, this.#slots, from, at)
    if (!isZero(this.#words, slot)) return false
    for (let word = 0; word < KEY_WORDS; word += 1) this.#words[slot + word] = from[at + word]!
    this.#size += 1
    return true
  }

  #grow(): void {
    const slots = this.#slots * 2
    const words = new Int32Array(slots * KEY_WORDS)
    for (let at = 0; at < this.#words.length; at += KEY_WORDS) {
      if (isZero(this.#words, at)) continue
      words.set(this.#words.subarray(at, at + KEY_WORDS), this.#find(words, slots, this.#words, at))
    }
    this.#slots = slots
    this.#words = words
  }

  /** The place of an id, or the free one where it belongs. */
  #find(words: Int32Array, slots: number, id: Int32Array, at: number): number {
    for (let slot = hashKey(id, at, SEED) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const place = slot * KEY_WORDS
      if (isZero(words, place) || isSame(words, place, id, at)) return place
    }
  }
}

/** UUIDs in 16 bytes each. */
export function packIds(uuids: readonly string[]): Buffer {
  const words = new Int32Array(KEY_WORDS)
  const packed = Buffer.allocUnsafe(uuids.length * 16)
  uuids.forEach((uuid, index) => {
    parseUuid(uuid, words, 0)
    words.forEach((word, at) => packed.writeInt32BE(word, index * 16 + at * 4))
  })
  return packed
}

function isZero(words: Int32Array, at: number): boolean {
  return (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) === 0
}

function isSame(words: Int32Array, place: number, id: Int32Array, at: number): boolean {
  return (
    words[place] === id[at] &&
    words[place + 1] === id[at + 1] &&
    words[place + 2] === id[at + 2] &&
    words[place + 3] === id[at + 3]
  )
}
