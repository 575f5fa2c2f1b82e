import { addMinor, type SumMinor } from '@fintech-streams/contracts'
import { type ByteReader, type ByteWriter } from '@fintech-streams/records'
import { type Lists, offsetOf } from '../cells.ts'
import { type TextField, type Texts } from '../texts.ts'
import { Column, type ColumnContext } from './column.ts'
import { AmountDistribution, Distribution } from './distribution.ts'
import { isExact, readSum, sumOfJson, writeSum } from './numbers.ts'
import { type Rows } from './rows.ts'

/** Up to this many entries of a list are looked through one by one. With more there is an index. */
const SCANNED_MAX = 32

/** The place of a code in a list of entries of `1 << widthBits` cells, -1 when it has none. */
function placeIn(lists: Lists, handle: number, size: number, widthBits: number, code: number): number {
  if (size > SCANNED_MAX) return lists.index.get(handle)?.get(code) ?? -1
  const { ints } = lists.page(handle)
  const first = 2 * offsetOf(handle)
  const step = 2 << widthBits
  for (let entry = 0; entry < size; entry += 1) if (ints[first + entry * step] === code) return entry
  return -1
}

/** Makes room for one entry more, of this code. @returns the list's handle from now on. */
function withRoom(lists: Lists, handle: number, size: number, widthBits: number, code: number): number {
  const next = lists.withRoom(handle, size, widthBits)
  if (size >= SCANNED_MAX) indexed(lists, next, size, widthBits).set(code, size)
  return next
}

function indexed(lists: Lists, handle: number, size: number, widthBits: number): Map<number, number> {
  let places = lists.index.get(handle)
  if (places === undefined) {
    places = new Map()
    const { ints } = lists.page(handle)
    for (let entry = 0; entry < size; entry += 1) {
      places.set(ints[2 * (offsetOf(handle) + (entry << widthBits))]!, entry)
    }
    lists.index.set(handle, places)
  }
  return places
}

/**
 * How often each value occurred. Most windows of most keys see one to three values, so the first one is in the row: two
 * cells, `[code + 1, count]` and `[list, its size]`. An entry of the list is a cell `[code, count]`.
 */
export class CountByColumn<E> extends Column<E, Distribution> {
  readonly kind = 'countBy'
  readonly cells = 2
  readonly #texts: Texts
  readonly #lists: Lists
  readonly #field: TextField<E> | undefined
  readonly #many: ((event: E) => readonly string[]) | undefined
  readonly #when: ((event: E) => boolean) | undefined
  readonly #value: Distribution

  constructor(
    { texts, lists }: ColumnContext,
    of: { field?: TextField<E>; many?: (event: E) => readonly string[] },
    when: ((event: E) => boolean) | undefined,
  ) {
    super()
    this.#texts = texts
    this.#lists = lists
    this.#field = of.field
    this.#many = of.many
    this.#when = when
    this.#value = new Distribution(texts, lists)
  }

  add(rows: Rows, event: E): void {
    if (this.#when !== undefined && !this.#when(event)) return
    if (this.#field !== undefined) {
      const code = this.#field.codeOf(event)
      if (code !== -1) this.#addCode(rows, code, 1)
      return
    }
    const values = this.#many!(event)
    for (let at = 0; at < values.length; at += 1) this.#addCode(rows, this.#texts.codeOf(values[at]!), 1)
  }

  #addCode(rows: Rows, code: number, by: number): void {
    const { ints } = rows
    const at = 2 * (rows.base + this.at)
    const first = ints[at]!
    if (first === code + 1) {
      ints[at + 1]! += by
    } else if (first === 0) {
      ints[at] = code + 1
      ints[at + 1] = by
    } else {
      this.#addToList(ints, at + 2, code, by)
    }
  }

  #addToList(ints: Int32Array, at: number, code: number, by: number): void {
    const lists = this.#lists
    const size = ints[at + 1]!
    const place = size === 0 ? -1 : placeIn(lists, ints[at]!, size, 0, code)
    if (place !== -1) {
      const handle = ints[at]!
      lists.page(handle).ints[2 * (offsetOf(handle) + place) + 1]! += by
      return
    }
    const handle = withRoom(lists, ints[at]!, size, 0, code)
    ints[at] = handle
    ints[at + 1] = size + 1
    const page = lists.page(handle).ints
    const entry = 2 * (offsetOf(handle) + size)
    page[entry] = code
    page[entry + 1] = by
  }

  value(rows: Rows): Distribution {
    return this.#value.at(rows.ints, rows.base + this.at)
  }

  write(rows: Rows, into: ByteWriter): void {
    const counts = this.value(rows)
    into.varint(counts.size)
    counts.forEach((value, count) => {
      into.text(value)
      into.varint(count)
    })
  }

  merge(rows: Rows, from: ByteReader): void {
    for (let left = from.varint(); left > 0; left -= 1) {
      this.#addCode(rows, this.#texts.codeOf(from.text()), from.varint())
    }
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    for (const [value, count] of pairsOfJson(encoded)) {
      if (typeof count !== 'number') throw new TypeError('not a count')
      this.#addCode(rows, this.#texts.codeOf(value), count)
    }
  }

  override free(rows: Rows): void {
    const at = 2 * (rows.base + this.at)
    const size = rows.ints[at + 3]!
    if (size > 0) this.#lists.giveRoom(rows.ints[at + 2]!, size)
  }
}

/**
 * The sum of amounts by value, exact. Three cells: `[code + 1, size of the list]`, the first value's sum, `[list, 0]`. An
 * entry of the list is two cells, `[code, 0]` and its sum.
 */
export class SumByColumn<E> extends Column<E, AmountDistribution> {
  readonly kind = 'sumBy'
  readonly cells = 3
  readonly #texts: Texts
  readonly #lists: Lists
  readonly #field: TextField<E>
  readonly #read: (event: E) => number
  readonly #when: ((event: E) => boolean) | undefined
  readonly #value: AmountDistribution

  constructor(
    { texts, lists }: ColumnContext,
    field: TextField<E>,
    read: (event: E) => number,
    when: ((event: E) => boolean) | undefined,
  ) {
    super()
    this.#texts = texts
    this.#lists = lists
    this.#field = field
    this.#read = read
    this.#when = when
    this.#value = new AmountDistribution(texts, lists)
  }

  add(rows: Rows, event: E): void {
    if (this.#when !== undefined && !this.#when(event)) return
    const code = this.#field.codeOf(event)
    if (code !== -1) this.#addCode(rows, code, this.#read(event))
  }

  #addCode(rows: Rows, code: number, by: SumMinor): void {
    const { ints, floats } = rows
    const cell = rows.base + this.at
    const first = ints[2 * cell]!
    if (first === code + 1) {
      const sum = typeof by === 'number' ? floats[cell + 1]! + by : NaN
      if (isExact(sum)) floats[cell + 1] = sum
      else rows.setSum(this.at + 1, addMinor(rows.sum(this.at + 1), by))
    } else if (first === 0) {
      ints[2 * cell] = code + 1
      rows.setSum(this.at + 1, by)
    } else {
      this.#addToList(ints, cell, code, by)
    }
  }

  #addToList(ints: Int32Array, cell: number, code: number, by: SumMinor): void {
    const lists = this.#lists
    const size = ints[2 * cell + 1]!
    const at = 2 * (cell + 2)
    let place = size === 0 ? -1 : placeIn(lists, ints[at]!, size, 1, code)
    if (place === -1) {
      const handle = withRoom(lists, ints[at]!, size, 1, code)
      ints[at] = handle
      ints[2 * cell + 1] = size + 1
      const page = lists.page(handle)
      const entry = offsetOf(handle) + 2 * size
      page.ints[2 * entry] = code
      page.floats[entry + 1] = 0
      place = size
    }
    this.#addToEntry(ints[at]!, place, by)
  }

  #addToEntry(handle: number, place: number, by: SumMinor): void {
    const lists = this.#lists
    const { floats } = lists.page(handle)
    const at = offsetOf(handle) + 2 * place + 1
    const known = floats[at]!
    const sum = addMinor(Number.isNaN(known) ? lists.large.get(`${handle}/${place}`)! : known, by)
    floats[at] = typeof sum === 'bigint' ? NaN : sum
    if (typeof sum === 'bigint') lists.large.set(`${handle}/${place}`, sum)
  }

  value(rows: Rows): AmountDistribution {
    return this.#value.atRow(rows, this.at)
  }

  write(rows: Rows, into: ByteWriter): void {
    const sums = this.value(rows)
    into.varint(sums.size)
    sums.forEach((value, sum) => {
      into.text(value)
      writeSum(into, sum)
    })
  }

  merge(rows: Rows, from: ByteReader): void {
    for (let left = from.varint(); left > 0; left -= 1) {
      this.#addCode(rows, this.#texts.codeOf(from.text()), readSum(from))
    }
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    for (const [value, sum] of pairsOfJson(encoded)) this.#addCode(rows, this.#texts.codeOf(value), sumOfJson(sum))
  }

  override free(rows: Rows): void {
    const cell = rows.base + this.at
    const size = rows.ints[2 * cell + 1]!
    if (size > 0) this.#lists.giveRoom(rows.ints[2 * (cell + 2)]!, size, 1)
  }
}

/** The pairs that a distribution of versions 2 and 3 was written as. */
function pairsOfJson(encoded: unknown): [string, unknown][] {
  if (!Array.isArray(encoded)) throw new TypeError('not pairs of a value and its sum')
  for (const pair of encoded as unknown[]) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') throw new TypeError('not a pair of a value and its sum')
  }
  return encoded as [string, unknown][]
}
