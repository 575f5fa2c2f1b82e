import { hashUuidWords, UUID_WORDS as WORDS, writeUuidWords } from '@fintech-streams/contracts'

const SLOTS_MIN = 256
/** A table grows when more than two thirds of its slots are taken. */
const TAKEN_MAX = 2 / 3

/** A set of transaction ids: open addressing over one typed array, 16 bytes a slot, no object an id. */
export class IdTable {
  #slots = SLOTS_MIN
  #words = new Uint32Array(SLOTS_MIN * WORDS)
  #size = 0
  /** The id of nothing but zeros is what a free slot looks like. */
  #hasZero = false
  readonly #id = new Uint32Array(WORDS)

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#words.byteLength
  }

  /** Adds a UUID in its usual lower-case form. @returns false when it was there. */
  add(uuid: string): boolean {
    writeUuidWords(uuid, this.#id)
    return this.#addWords(this.#id, 0)
  }

  has(uuid: string): boolean {
    writeUuidWords(uuid, this.#id)
    const slot = this.#find(this.#words, this.#slots, this.#id, 0)
    return isZero(this.#id, 0) ? this.#hasZero : !isZero(this.#words, slot)
  }

  /** Adds packed ids, as {@link packIds} makes them. */
  addPacked(packed: Buffer): void {
    const words = new Uint32Array(packed.length / 4)
    for (let at = 0; at < words.length; at += 1) words[at] = packed.readUInt32BE(at * 4)
    for (let at = 0; at < words.length; at += WORDS) this.#addWords(words, at)
  }

  #addWords(from: Uint32Array, at: number): boolean {
    if (isZero(from, at)) {
      if (this.#hasZero) return false
      this.#hasZero = true
      this.#size += 1
      return true
    }
    if (this.#size >= this.#slots * TAKEN_MAX) this.#grow()
    const slot = this.#find(this.#words, this.#slots, from, at)
    if (!isZero(this.#words, slot)) return false
    for (let word = 0; word < WORDS; word += 1) this.#words[slot + word] = from[at + word]!
    this.#size += 1
    return true
  }

  #grow(): void {
    const slots = this.#slots * 2
    const words = new Uint32Array(slots * WORDS)
    for (let at = 0; at < this.#words.length; at += WORDS) {
      if (isZero(this.#words, at)) continue
      words.set(this.#words.subarray(at, at + WORDS), this.#find(words, slots, this.#words, at))
    }
    this.#slots = slots
    this.#words = words
  }

  /** The place of an id, or the free one where it belongs. */
  #find(words: Uint32Array, slots: number, id: Uint32Array, at: number): number {
    const a = id[at]!
    const b = id[at + 1]!
    const c = id[at + 2]!
    const d = id[at + 3]!
    for (let slot = hashUuidWords(id, at) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const place = slot * WORDS
      if (words[place] === a && words[place + 1] === b && words[place + 2] === c && words[place + 3] === d) return place
      if (isZero(words, place)) return place
    }
  }
}

/** UUIDs in 16 bytes each. */
export function packIds(uuids: readonly string[]): Buffer {
  const words = new Uint32Array(WORDS)
  const packed = Buffer.allocUnsafe(uuids.length * 16)
  uuids.forEach((uuid, index) => {
    writeUuidWords(uuid, words)
    for (let word = 0; word < WORDS; word += 1) packed.writeUInt32BE(words[word]!, index * 16 + word * 4)
  })
  return packed
}

function isZero(words: Uint32Array, at: number): boolean {
  return (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) === 0
}
