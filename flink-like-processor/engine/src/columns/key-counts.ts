import { type ByteReader, type ByteWriter } from '@fintech-streams/records'
import { Column, type ColumnContext } from './column.ts'
import { KeyPairs } from './key-pairs.ts'
import { type Rows } from './rows.ts'

/** The source's keys of one window, by how many events each had in it. */
export interface KeyCounts {
  /** Distinct keys. */
  unique: number
  /** Keys with at least two events. */
  returning: number
  /** The keys with the most events, largest first, ties by key. */
  top: [key: string, events: number][]
}

/**
 * The source's keys in a window that they share, exact, because all events of a key are in one partition. In stage 1 a row
 * has the first of its pairs of a key and a count; what other partitions sent of theirs is a summary beside the row. One
 * cell: `[first pair + 1, place of the summary]`.
 */
export class KeyCountsColumn<E> extends Column<E, KeyCounts> {
  readonly kind = 'keyCounts'
  readonly cells = 1
  readonly #sourceKey: (key: number) => string
  readonly #top: number

  constructor({ sourceKey }: ColumnContext, top: number) {
    super()
    this.#sourceKey = sourceKey
    this.#top = top
  }

  add(rows: Rows): void {
    this.addEvents(rows, rows.sourceKey, 1)
  }

  /** Counts events of a key in the current row. */
  addEvents(rows: Rows, key: number, events: number): void {
    const at = 2 * (rows.base + this.at)
    const pairs = (rows.pairs ??= new KeyPairs())
    rows.ints[at] = pairs.add(rows.row, key, events, rows.ints[at]! - 1) + 1
  }

  /** Sets what the log has of a key in the current row. */
  restoreEvents(rows: Rows, key: number, events: number): void {
    const at = 2 * (rows.base + this.at)
    const pairs = (rows.pairs ??= new KeyPairs())
    rows.ints[at] = pairs.restore(rows.row, key, events, rows.ints[at]! - 1) + 1
  }

  value(rows: Rows): KeyCounts {
    const at = 2 * (rows.base + this.at)
    const summary = rows.beside[rows.ints[at + 1]!] as KeyCounts | undefined
    const head = rows.ints[at]! - 1
    if (head === -1) return summary ?? { unique: 0, returning: 0, top: [] }
    const counts = { unique: summary?.unique ?? 0, returning: summary?.returning ?? 0, top: [...(summary?.top ?? [])] }
    rows.pairs!.forEach(head, (key, events) => {
      counts.unique += 1
      if (events >= 2) counts.returning += 1
      const { top } = counts
      if (top.length < this.#top || events >= top[top.length - 1]![1]) this.#rank(top, this.#sourceKey(key), events)
    })
    return counts
  }

  /** Puts a key among the largest, if it is one of them. */
  #rank(top: [string, number][], key: string, events: number): void {
    const isLarger = ([other, count]: [string, number]): boolean => events > count || (events === count && key < other)
    if (top.length === this.#top && !isLarger(top[top.length - 1]!)) return
    let at = top.length
    while (at > 0 && isLarger(top[at - 1]!)) at -= 1
    top.splice(at, 0, [key, events])
    if (top.length > this.#top) top.pop()
  }

  write(rows: Rows, into: ByteWriter): void {
    writeCounts(into, this.value(rows))
  }

  /** The pairs are entries of their own. */
  override save(rows: Rows, into: ByteWriter): void {
    const summary = rows.beside[rows.ints[2 * (rows.base + this.at) + 1]!] as KeyCounts | undefined
    writeCounts(into, summary ?? { unique: 0, returning: 0, top: [] })
  }

  merge(rows: Rows, from: ByteReader): void {
    const [unique, returning, size] = [from.varint(), from.varint(), from.varint()]
    if (unique === 0) return
    const counts = this.#summary(rows)
    counts.unique += unique
    counts.returning += returning
    // Distinct keys add up, and the largest of all are among the largest of each.
    for (let left = size; left > 0; left -= 1) this.#rank(counts.top, from.text(), from.varint())
  }

  #summary(rows: Rows): KeyCounts {
    const at = 2 * (rows.base + this.at) + 1
    if (rows.ints[at] === 0) {
      rows.ints[at] = rows.beside.length
      rows.beside.push({ unique: 0, returning: 0, top: [] })
    }
    return rows.beside[rows.ints[at]!] as KeyCounts
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    const { unique, returning, top } = encoded as Partial<KeyCounts>
    if (typeof unique !== 'number' || typeof returning !== 'number' || !Array.isArray(top)) {
      throw new TypeError('not counts of keys')
    }
    const counts = this.#summary(rows)
    counts.unique += unique
    counts.returning += returning
    for (const [key, events] of top) this.#rank(counts.top, key, events)
  }

  override free(rows: Rows): void {
    const at = 2 * (rows.base + this.at) + 1
    if (rows.ints[at] !== 0) rows.beside[rows.ints[at]!] = undefined
    rows.ints[at] = 0
  }
}

function writeCounts(into: ByteWriter, { unique, returning, top }: KeyCounts): void {
  into.varint(unique)
  into.varint(returning)
  into.varint(top.length)
  for (const [key, events] of top) {
    into.text(key)
    into.varint(events)
  }
}
