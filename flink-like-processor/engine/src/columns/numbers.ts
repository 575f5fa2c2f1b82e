import { addMinor, type SumMinor } from '@fintech-streams/contracts'
import { type ByteReader, type ByteWriter } from '@fintech-streams/records'
import { Column } from './column.ts'
import { type Rows } from './rows.ts'

type When<E> = ((event: E) => boolean) | undefined

/** Writes an exact sum: one beyond the safe integers as digits. */
export function writeSum(into: ByteWriter, sum: SumMinor): void {
  if (typeof sum === 'number') return into.float64(sum)
  into.float64(NaN)
  into.text(sum.toString())
}

export function readSum(from: ByteReader): SumMinor {
  const sum = from.float64()
  return Number.isNaN(sum) ? BigInt(from.text()) : sum
}

/** A sum of state of versions 2 and 3. */
export function sumOfJson(encoded: unknown): SumMinor {
  if (typeof encoded === 'number') return encoded
  if (typeof encoded === 'string') return BigInt(encoded)
  throw new TypeError('not a sum')
}

/** Whether a sum of two safe integers is one, too. */
export const isExact = (sum: number): boolean => sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER

export class CountColumn<E> extends Column<E, number> {
  readonly kind = 'count'
  readonly cells = 1
  readonly #when: When<E>

  constructor(when: When<E>) {
    super()
    this.#when = when
  }

  add(rows: Rows, event: E): void {
    if (this.#when === undefined || this.#when(event)) rows.floats[rows.base + this.at]! += 1
  }

  value(rows: Rows): number {
    return rows.floats[rows.base + this.at]!
  }

  write(rows: Rows, into: ByteWriter): void {
    into.varint(this.value(rows))
  }

  merge(rows: Rows, from: ByteReader): void {
    rows.floats[rows.base + this.at]! += from.varint()
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    if (typeof encoded !== 'number') throw new TypeError('not a count')
    rows.floats[rows.base + this.at]! += encoded
  }
}

/** A sum of whole numbers, exact. */
export class SumColumn<E> extends Column<E, SumMinor> {
  readonly kind = 'sum'
  readonly cells = 1
  readonly #read: (event: E) => number
  readonly #when: When<E>

  constructor(read: (event: E) => number, when: When<E>) {
    super()
    this.#read = read
    this.#when = when
  }

  add(rows: Rows, event: E): void {
    if (this.#when !== undefined && !this.#when(event)) return
    const { floats } = rows
    const at = rows.base + this.at
    const amount = this.#read(event)
    const sum = floats[at]! + amount
    // NaN fails this, too.
    if (isExact(sum)) floats[at] = sum
    else rows.setSum(this.at, addMinor(this.value(rows), amount))
  }

  value(rows: Rows): SumMinor {
    return rows.sum(this.at)
  }

  write(rows: Rows, into: ByteWriter): void {
    writeSum(into, this.value(rows))
  }

  merge(rows: Rows, from: ByteReader): void {
    rows.setSum(this.at, addMinor(this.value(rows), readSum(from)))
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    rows.setSum(this.at, addMinor(this.value(rows), sumOfJson(encoded)))
  }
}

/** The least or the largest number; where there was none, what any number replaces. */
export class ExtremeColumn<E> extends Column<E, number | undefined> {
  readonly kind: 'min' | 'max'
  readonly cells = 1
  readonly #read: (event: E) => number
  readonly #when: When<E>
  readonly #none: number

  constructor(kind: 'min' | 'max', read: (event: E) => number, when: When<E>) {
    super()
    this.kind = kind
    this.#read = read
    this.#when = when
    this.#none = kind === 'min' ? Infinity : -Infinity
  }

  override begin(rows: Rows): void {
    rows.floats[rows.base + this.at] = this.#none
  }

  add(rows: Rows, event: E): void {
    if (this.#when === undefined || this.#when(event)) this.#take(rows, this.#read(event))
  }

  #take(rows: Rows, value: number): void {
    const at = rows.base + this.at
    const { floats } = rows
    if (this.kind === 'min' ? value < floats[at]! : value > floats[at]!) floats[at] = value
  }

  value(rows: Rows): number | undefined {
    const value = rows.floats[rows.base + this.at]!
    return value === this.#none ? undefined : value
  }

  write(rows: Rows, into: ByteWriter): void {
    into.float64(rows.floats[rows.base + this.at]!)
  }

  merge(rows: Rows, from: ByteReader): void {
    this.#take(rows, from.float64())
  }

  mergeJson(rows: Rows, encoded: unknown): void {
    if (typeof encoded !== 'number') throw new TypeError('not a number')
    this.#take(rows, encoded)
  }
}
