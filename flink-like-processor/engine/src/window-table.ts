import { Rows } from './columns/rows.ts'
import { type Layout } from './layout.ts'

/** Cells of a row in front of the columns': `[key, events]` and `[changed, the caller's own]`. */
export const HEAD_CELLS = 2
const EVENTS = 1
const CHANGED = 2
const MARK = 3

const INDEX_MIN = 64

/** The windows of one job with one start: a row for each key, which is a small integer. */
export class WindowTable {
  readonly startMs: number
  readonly endMs: number
  readonly rows: Rows
  readonly layout: Layout
  /** Whether its windows are written. */
  isClosed = false
  /** Entries that the changelog has of its pairs of keys. */
  pairEntries = 0
  /** Pairs of a key and its row + 1, the row 0 for a free place. */
  #index = new Int32Array(2 * INDEX_MIN)
  #changed: number[] = []

  constructor(layout: Layout, startMs: number, sizeMs: number) {
    this.layout = layout
    this.startMs = startMs
    this.endMs = startMs + sizeMs
    this.rows = new Rows(layout.cells)
  }

  get size(): number {
    return this.rows.count
  }

  /** Moves to a key's row, which is added when there is none. */
  open(key: number): void {
    const row = this.#find(key)
    if (row !== -1) return this.rows.seek(row)
    this.#append(key)
  }

  /** Moves to a key's row. @returns false when there is none. */
  seekKey(key: number): boolean {
    const row = this.#find(key)
    if (row === -1) return false
    this.rows.seek(row)
    return true
  }

  #find(key: number): number {
    const index = this.#index
    const mask = (index.length >> 1) - 1
    for (let at = hash(key) & mask; ; at = (at + 1) & mask) {
      const row = index[2 * at + 1]!
      if (row === 0) return -1
      if (index[2 * at] === key) return row - 1
    }
  }

  #append(key: number): void {
    const { rows } = this
    rows.append()
    rows.ints[2 * rows.base] = key
    this.layout.begin(rows)
    if (4 * rows.count > this.#index.length) this.#reindex()
    else put(this.#index, key, rows.row)
  }

  #reindex(): void {
    const { rows } = this
    const current = rows.row
    this.#index = new Int32Array(2 * this.#index.length)
    for (let row = 0; row < rows.count; row += 1) {
      rows.seek(row)
      put(this.#index, rows.ints[2 * rows.base]!, row)
    }
    rows.seek(current)
  }

  // --- the current row ---

  get key(): number {
    return this.rows.ints[2 * this.rows.base]!
  }

  get events(): number {
    return this.rows.ints[2 * this.rows.base + EVENTS]!
  }

  addEvents(events: number): void {
    this.rows.ints[2 * this.rows.base + EVENTS]! += events
  }

  setEvents(events: number): void {
    this.rows.ints[2 * this.rows.base + EVENTS] = events
  }

  /** A number of the caller's, 0 at first. */
  get mark(): number {
    return this.rows.ints[2 * this.rows.base + MARK]!
  }

  set mark(value: number) {
    this.rows.ints[2 * this.rows.base + MARK] = value
  }

  /** Remembers that the row changed since the last checkpoint. */
  markChanged(): void {
    const at = 2 * this.rows.base + CHANGED
    if (this.rows.ints[at] !== 0) return
    this.rows.ints[at] = 1
    this.#changed.push(this.rows.row)
  }

  // --- all rows ---

  /** Moves to each row in the order in which they were added. */
  forEach(visit: () => void): void {
    const { rows } = this
    for (let row = 0; row < rows.count; row += 1) {
      rows.seek(row)
      visit()
    }
  }

  /** The keys of the rows that changed since the last call. */
  takeChanged(visit: (key: number) => void): void {
    for (const row of this.#changed) {
      this.rows.seek(row)
      this.rows.ints[2 * this.rows.base + CHANGED] = 0
      visit(this.key)
    }
    this.#changed = []
  }

  /** Gives up everything. */
  drop(): void {
    this.forEach(() => this.layout.free(this.rows))
    this.rows.drop()
    this.#changed = []
  }
}

function put(index: Int32Array, key: number, row: number): void {
  const mask = (index.length >> 1) - 1
  let at = hash(key) & mask
  while (index[2 * at + 1] !== 0) at = (at + 1) & mask
  index[2 * at] = key
  index[2 * at + 1] = row + 1
}

function hash(key: number): number {
  const product = Math.imul(key, 0x9e3779b1)
  return product ^ (product >>> 15)
}
