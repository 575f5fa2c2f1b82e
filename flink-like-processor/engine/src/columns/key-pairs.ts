const INITIAL = 64
const NONE = -1

/**
 * How many events each of the source's keys has in each row of a table: open addressing over typed arrays, with a chain
 * of each row's pairs. The log has them as they change, since a row may have a million of them.
 */
export class KeyPairs {
  #rows = new Int32Array(INITIAL)
  #keys = new Int32Array(INITIAL)
  #events = new Int32Array(INITIAL)
  /** The next pair of the same row. */
  #next = new Int32Array(INITIAL)
  #isDirty = new Uint8Array(INITIAL)
  /** Pair + 1; 0 is free. */
  #index = new Int32Array(2 * INITIAL)
  #count = 0
  #dirty: number[] = []

  /**
   * Counts events of a key in a row.
   * @param head the row's first pair, -1 when it has none.
   * @returns the row's first pair from now on.
   */
  add(row: number, key: number, events: number, head: number): number {
    const { pair, next } = this.#pairOf(row, key, head)
    this.#events[pair]! += events
    this.#markDirty(pair)
    return next
  }

  /** Sets what the log has of a key in a row. @returns as `add`. */
  restore(row: number, key: number, events: number, head: number): number {
    const { pair, next } = this.#pairOf(row, key, head)
    this.#events[pair] = events
    return next
  }

  readonly #found = { pair: 0, next: NONE }

  #pairOf(row: number, key: number, head: number): { pair: number; next: number } {
    const index = this.#index
    const mask = index.length - 1
    const found = this.#found
    found.next = head
    let at = hash(row, key) & mask
    for (; index[at] !== 0; at = (at + 1) & mask) {
      const pair = index[at]! - 1
      if (this.#keys[pair] !== key || this.#rows[pair] !== row) continue
      found.pair = pair
      return found
    }
    found.pair = this.#append(row, key, head)
    found.next = found.pair
    if (2 * this.#count > this.#index.length) this.#reindex()
    else index[at] = found.pair + 1
    return found
  }

  #append(row: number, key: number, head: number): number {
    const pair = this.#count
    if (pair === this.#rows.length) this.#grow()
    this.#rows[pair] = row
    this.#keys[pair] = key
    this.#events[pair] = 0
    this.#next[pair] = head
    this.#isDirty[pair] = 0
    this.#count += 1
    return pair
  }

  #grow(): void {
    this.#rows = doubled(this.#rows)
    this.#keys = doubled(this.#keys)
    this.#events = doubled(this.#events)
    this.#next = doubled(this.#next)
    const isDirty = new Uint8Array(2 * this.#isDirty.length)
    isDirty.set(this.#isDirty)
    this.#isDirty = isDirty
  }

  #reindex(): void {
    const index = new Int32Array(2 * this.#index.length)
    const mask = index.length - 1
    for (let pair = 0; pair < this.#count; pair += 1) {
      let at = hash(this.#rows[pair]!, this.#keys[pair]!) & mask
      while (index[at] !== 0) at = (at + 1) & mask
      index[at] = pair + 1
    }
    this.#index = index
  }

  #markDirty(pair: number): void {
    if (this.#isDirty[pair] !== 0) return
    this.#isDirty[pair] = 1
    this.#dirty.push(pair)
  }

  /** Visits a row's keys with their events. */
  forEach(head: number, visit: (key: number, events: number) => void): void {
    for (let pair = head; pair !== NONE; pair = this.#next[pair]!) visit(this.#keys[pair]!, this.#events[pair]!)
  }

  /** Hands over the pairs that changed since the last call, those of a row one after the other. */
  takeChanges(visit: (row: number, key: number, events: number) => void): void {
    const rows = this.#rows
    const changed = this.#dirty.sort((a, b) => rows[a]! - rows[b]!)
    this.#dirty = []
    for (const pair of changed) {
      this.#isDirty[pair] = 0
      visit(rows[pair]!, this.#keys[pair]!, this.#events[pair]!)
    }
  }
}

function hash(row: number, key: number): number {
  const product = Math.imul(row, 0x9e3779b1) ^ Math.imul(key, 0x85ebca6b)
  return product ^ (product >>> 15)
}

function doubled(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * words.length)
  larger.set(words)
  return larger
}
