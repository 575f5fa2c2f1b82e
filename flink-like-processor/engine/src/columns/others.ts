import { type ByteReader, type ByteWriter } from '@fintech-streams/records'
import { Column } from './column.ts'
import { type Rows } from './rows.ts'

/** The texts of the first events. One cell: its place beside the rows. */
export class FirstColumn<E> extends Column<E, readonly string[]> {
  readonly kind = 'first'
  readonly cells = 1
  readonly #most: number
  readonly #read: (event: E) => string | undefined
  readonly #when: ((event: E) => boolean) | undefined

  constructor(most: number, read: (event: E) => string | undefined, when: ((event: E) => boolean) | undefined) {
    super()
    this.#most = most
    this.#read = read
    this.#when = when
  }

  add(rows: Rows, event: E): void {
    if (this.#when !== undefined && !this.#when(event)) return
    const text = this.#read(event)
    if (text !== undefined) this.#push(rows, text)
  }

  #push(rows: Rows, text: string): void {
    const at = 2 * (rows.base + this.at)
    if (rows.ints[at] === 0) {
      rows.ints[at] = rows.beside.length
      rows.beside.push([])
    }
    const texts = rows.beside[rows.ints[at]!] as string[]
    if (texts.length < this.#most) texts.push(text)
  }

  value(rows: Rows): readonly string[] {
    return (rows.beside[rows.ints[2 * (rows.base + this.at)]!] as string[] | undefined) ?? []
  }

  write(rows: Rows, into: ByteWriter): void {
    const texts = this.value(rows)
    into.varint(texts.length)
    for (const text of texts) into.text(text)
  }

  merge(rows: Rows, from: ByteReader): void {
    for (let left = from.varint(); left > 0; left -= 1) this.#push(rows, from.text())
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    if (!Array.isArray(encoded) || encoded.some((text) => typeof text !== 'string')) throw new TypeError('not texts')
    for (const text of encoded as string[]) this.#push(rows, text)
  }

  override free(rows: Rows): void {
    rows.beside[rows.ints[2 * (rows.base + this.at)]!] = undefined
  }
}

/** How an accumulator of a job's own is made, filled and merged. It is a JSON value. */
export interface Accumulator<E, A extends object> {
  readonly create: () => A
  readonly add: (acc: A, event: E) => void
  /** Adds `from` to `into`: commutative and associative, since partitions are merged in any order. */
  readonly merge: (into: A, from: A) => void
}

/** An accumulator of a job's own, an object beside the rows. One cell: its place. */
export class OwnColumn<E, A extends object> extends Column<E, A> {
  readonly kind = 'own'
  readonly cells = 1
  readonly #accumulator: Accumulator<E, A>

  constructor(accumulator: Accumulator<E, A>) {
    super()
    this.#accumulator = accumulator
  }

  override begin(rows: Rows): void {
    rows.ints[2 * (rows.base + this.at)] = rows.beside.length
    rows.beside.push(this.#accumulator.create())
  }

  add(rows: Rows, event: E): void {
    this.#accumulator.add(this.value(rows), event)
  }

  value(rows: Rows): A {
    return rows.beside[rows.ints[2 * (rows.base + this.at)]!] as A
  }

  write(rows: Rows, into: ByteWriter): void {
    into.text(JSON.stringify(this.value(rows)))
  }

  merge(rows: Rows, from: ByteReader): void {
    this.mergeJson(rows, JSON.parse(from.text()))
  }

  /** A field that is new since it was written keeps its first value, one that is gone is dropped. */
  mergeJson(rows: Rows, encoded: unknown): void {
    if (typeof encoded !== 'object' || encoded === null) throw new TypeError('not an accumulator')
    const fresh = this.#accumulator.create() as Record<string, unknown>
    for (const name of Object.keys(fresh)) {
      const value = (encoded as Record<string, unknown>)[name]
      if (value === undefined) continue
      if (
        fresh[name] !== null &&
        (typeof value !== typeof fresh[name] || Array.isArray(value) !== Array.isArray(fresh[name]))
      ) {
        throw new TypeError(`a ${typeof value} where a ${typeof fresh[name]} was kept`)
      }
      fresh[name] = value
    }
    this.#accumulator.merge(this.value(rows), fresh as A)
  }

  override free(rows: Rows): void {
    rows.beside[rows.ints[2 * (rows.base + this.at)]!] = undefined
  }
}
