import { PAGE_SHIFT, type RecordPages, wordOf } from './record-pages.ts'

const SLOTS_MIN = 64
/** Slots of the former array that each change moves on: the move is over long before the next one is due. */
const SLOTS_MOVED_A_CHANGE = 16

/** No such key. */
export const NONE = -1

/**
 * Finds records by their 128-bit key: open addressing with linear probing over one typed array of pairs (hash,
 * reference + 1), eight bytes a slot. A removed entry's successors move back, so no tombstones gather. The table is
 * between 17 and 75 % full; to grow or to shrink it moves entries to another array a few at each change, in whole
 * clusters, so no change waits for all of them, and no record is touched, since the hash is in the pair.
 */
export class KeyTable {
  readonly #records: RecordPages
  #pairs = new Int32Array(SLOTS_MIN * 2)
  #mask = SLOTS_MIN - 1
  #size = 0
  #former: Int32Array | undefined
  #formerMask = 0
  #moveAt = 0
  #moveLeft = 0

  constructor(records: RecordPages) {
    this.#records = records
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#pairs.byteLength + (this.#former?.byteLength ?? 0)
  }

  /** Whether entries are being moved to an array of another size. */
  get isMoving(): boolean {
    return this.#former !== undefined
  }

  /** Reads where an entry of this hash begins to be looked for, so that it is in the cache a little later. */
  touch(hash: number): number {
    return this.#pairs[(hash & this.#mask) * 2 + 1]!
  }

  /** @returns the reference of the record with this key, or `NONE`. */
  find(key: Int32Array, at: number, hash: number): number {
    const ref = this.#probe(this.#pairs, this.#mask, key, at, hash)
    if (ref !== NONE || this.#former === undefined) return ref
    return this.#probe(this.#former, this.#formerMask, key, at, hash)
  }

  /**
   * The first record with this hash, whatever its key: found in the table alone.
   * @returns `NONE` where no key has this hash.
   */
  firstOf(hash: number): number {
    const ref = firstWith(this.#pairs, this.#mask, hash)
    if (ref !== NONE || this.#former === undefined) return ref
    return firstWith(this.#former, this.#formerMask, hash)
  }

  #probe(pairs: Int32Array, mask: number, key: Int32Array, at: number, hash: number): number {
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const stored = pairs[slot * 2 + 1]!
      if (stored === 0) return NONE
      if (pairs[slot * 2] === hash && this.hasKey(stored - 1, key, at)) return stored - 1
    }
  }

  /** Whether the record has this key. */
  hasKey(ref: number, key: Int32Array, at: number): boolean {
    const words = this.#records.words[ref >> PAGE_SHIFT]!
    const from = wordOf(ref)
    return (
      words[from] === key[at] &&
      words[from + 1] === key[at + 1] &&
      words[from + 2] === key[at + 2] &&
      words[from + 3] === key[at + 3]
    )
  }

  /** Adds a record whose key is not there yet. */
  insert(hash: number, ref: number): void {
    if (this.#former !== undefined) this.#move(SLOTS_MOVED_A_CHANGE)
    put(this.#pairs, this.#mask, hash, ref + 1)
    this.#size += 1
    if (this.#size * 8 > this.#pairs.length * 3) this.#resize(this.#mask * 2 + 2)
  }

  /** Takes a record out that is there. */
  remove(hash: number, ref: number): void {
    if (this.#former !== undefined) this.#move(SLOTS_MOVED_A_CHANGE)
    if (!take(this.#pairs, this.#mask, hash, ref + 1)) take(this.#former!, this.#formerMask, hash, ref + 1)
    this.#size -= 1
    const slots = this.#mask + 1
    if (slots > SLOTS_MIN && this.#size * 6 < slots) this.#resize(slots / 2)
  }

  /** Lets another record stand for the key of one that is there. */
  replace(hash: number, ref: number, byRef: number): void {
    const isHere = exchange(this.#pairs, this.#mask, hash, ref + 1, byRef + 1)
    if (!isHere) exchange(this.#former!, this.#formerMask, hash, ref + 1, byRef + 1)
  }

  /** Calls `visit` with the reference of every record; the table must not be changed meanwhile. */
  forEach(visit: (ref: number) => void): void {
    for (const pairs of this.#former === undefined ? [this.#pairs] : [this.#pairs, this.#former]) {
      for (let at = 1; at < pairs.length; at += 2) if (pairs[at] !== 0) visit(pairs[at]! - 1)
    }
  }

  #resize(slots: number): void {
    // Never so by the sizes above; if a bound were wrong, the table would only pause, not fail.
    if (this.#former !== undefined) this.#move(this.#moveLeft)
    const former = this.#pairs
    const mask = this.#mask
    // From a free slot on, so that no cluster is cut in two.
    let from = 0
    while (former[from * 2 + 1] !== 0) from += 1
    this.#former = former
    this.#formerMask = mask
    this.#moveAt = from
    this.#moveLeft = mask + 1
    this.#pairs = new Int32Array(slots * 2)
    this.#mask = slots - 1
  }

  /** Moves at least `slots` slots of the former array, and goes on to the end of a cluster. */
  #move(slots: number): void {
    const former = this.#former!
    const mask = this.#formerMask
    let at = this.#moveAt
    let left = this.#moveLeft
    for (let moved = 0; left > 0; moved += 1, left -= 1, at = (at + 1) & mask) {
      const stored = former[at * 2 + 1]!
      if (stored === 0) {
        if (moved >= slots) break
        continue
      }
      put(this.#pairs, this.#mask, former[at * 2]!, stored)
      former[at * 2 + 1] = 0
    }
    this.#moveAt = at
    this.#moveLeft = left
    if (left === 0) this.#former = undefined
  }
}

function firstWith(pairs: Int32Array, mask: number, hash: number): number {
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const stored = pairs[slot * 2 + 1]!
    if (stored === 0 || pairs[slot * 2] === hash) return stored - 1
  }
}

function put(pairs: Int32Array, mask: number, hash: number, stored: number): void {
  let slot = hash & mask
  while (pairs[slot * 2 + 1] !== 0) slot = (slot + 1) & mask
  pairs[slot * 2] = hash
  pairs[slot * 2 + 1] = stored
}

/** The slot of an entry, or `NONE`. */
function slotOf(pairs: Int32Array, mask: number, hash: number, stored: number): number {
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const found = pairs[slot * 2 + 1]
    if (found === stored) return slot
    if (found === 0) return NONE
  }
}

function exchange(pairs: Int32Array, mask: number, hash: number, stored: number, by: number): boolean {
  const slot = slotOf(pairs, mask, hash, stored)
  if (slot === NONE) return false
  pairs[slot * 2 + 1] = by
  return true
}

/** Removes an entry and closes the gap with those behind it that may stand nearer to their home. */
function take(pairs: Int32Array, mask: number, hash: number, stored: number): boolean {
  let gap = slotOf(pairs, mask, hash, stored)
  if (gap === NONE) return false
  for (let slot = (gap + 1) & mask; pairs[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
    const home = pairs[slot * 2]! & mask
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue
    pairs[gap * 2] = pairs[slot * 2]!
    pairs[gap * 2 + 1] = pairs[slot * 2 + 1]!
    gap = slot
  }
  pairs[gap * 2 + 1] = 0
  return true
}
