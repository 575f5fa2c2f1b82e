import { addMinor, type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'
import { type Lists, offsetOf } from '../cells.ts'
import { type Texts } from '../texts.ts'
import { type Rows } from './rows.ts'
import { writeMinor } from '../money-writer.ts'

/**
 * How often each value occurred, in the order of their first appearance: a view of a window's row, to be read before the
 * next row is.
 */
export class Distribution {
  readonly #texts: Texts
  readonly #lists: Lists
  #ints: Int32Array = new Int32Array(0)
  #at = 0

  constructor(texts: Texts, lists: Lists) {
    this.#texts = texts
    this.#lists = lists
  }

  /** Moves to a row's cell. @returns itself. */
  at(ints: Int32Array, cell: number): this {
    this.#ints = ints
    this.#at = 2 * cell
    return this
  }

  /** How many values occurred. */
  get size(): number {
    return this.#ints[this.#at] === 0 ? 0 : 1 + this.#ints[this.#at + 3]!
  }

  /** The count of a value, `undefined` when it never occurred. */
  get(value: string): number | undefined {
    const code = this.#texts.find(value)
    let found: number | undefined
    this.#forEachCode((other, count) => {
      if (other === code) found = count
    })
    return found
  }

  /** Calls back with every value and its count. */
  forEach(visit: (value: string, count: number) => void): void {
    this.#forEachCode((code, count) => visit(this.#texts.text(code), count))
  }

  #forEachCode(visit: (code: number, count: number) => void): void {
    const ints = this.#ints
    const at = this.#at
    if (ints[at] === 0) return
    visit(ints[at]! - 1, ints[at + 1]!)
    const size = ints[at + 3]!
    if (size === 0) return
    const page = this.#lists.page(ints[at + 2]!).ints
    const first = 2 * offsetOf(ints[at + 2]!)
    for (let entry = first; entry < first + 2 * size; entry += 2) visit(page[entry]!, page[entry + 1]!)
  }

  /** The sum of all counts. */
  total(): number {
    let total = 0
    this.#forEachCode((_code, count) => (total += count))
    return total
  }

  /** The largest count, 0 when empty. */
  largest(): number {
    let largest = 0
    this.#forEachCode((_code, count) => {
      if (count > largest) largest = count
    })
    return largest
  }

  /** Writes the JSON object that stands in a result. */
  writeResult(into: ByteWriter): void {
    let head = '{'
    this.#forEachCode((code, count) => {
      into.ascii(head)
      this.#texts.writeJson(code, into)
      into.ascii(':')
      into.number(count)
      head = ','
    })
    into.ascii(head === '{' ? '{}' : '}')
  }
}

/** How much money fell on each value, in minor units: a view as `Distribution` is. */
export class AmountDistribution {
  readonly #texts: Texts
  readonly #lists: Lists
  #ints: Int32Array = new Int32Array(0)
  #cell = 0
  #first: SumMinor = 0

  constructor(texts: Texts, lists: Lists) {
    this.#texts = texts
    this.#lists = lists
  }

  /** Moves to a cell of the current row. @returns itself. */
  atRow(rows: Rows, at: number): this {
    this.#ints = rows.ints
    this.#cell = rows.base + at
    this.#first = rows.sum(at + 1)
    return this
  }

  /** How many values occurred. */
  get size(): number {
    const ints = this.#ints
    return ints[2 * this.#cell] === 0 ? 0 : 1 + ints[2 * this.#cell + 1]!
  }

  /** Calls back with every value and its sum, in the order of their first appearance. */
  forEach(visit: (value: string, sum: SumMinor) => void): void {
    this.#forEachCode((code, sum) => visit(this.#texts.text(code), sum))
  }

  #forEachCode(visit: (code: number, sum: SumMinor) => void): void {
    const ints = this.#ints
    const cell = this.#cell
    if (ints[2 * cell] === 0) return
    visit(ints[2 * cell]! - 1, this.#first)
    const size = ints[2 * cell + 1]!
    if (size === 0) return
    const handle = ints[2 * (cell + 2)]!
    const page = this.#lists.page(handle)
    for (let entry = 0; entry < size; entry += 1) {
      const at = offsetOf(handle) + 2 * entry
      const sum = page.floats[at + 1]!
      visit(page.ints[2 * at]!, Number.isNaN(sum) ? this.#lists.large.get(`${handle}/${entry}`)! : sum)
    }
  }

  /** The sum of all sums. */
  total(): SumMinor {
    let total: SumMinor = 0
    this.#forEachCode((_code, sum) => (total = addMinor(total, sum)))
    return total
  }

  /** Writes the JSON object that stands in a result: decimal strings. A value whose amounts sum to nothing is no entry. */
  writeResult(into: ByteWriter): void {
    let head = '{'
    this.#forEachCode((code, sum) => {
      if (sum === 0) return
      into.ascii(head)
      this.#texts.writeJson(code, into)
      into.ascii(':')
      writeMinor(into, sum)
      head = ','
    })
    into.ascii(head === '{' ? '{}' : '}')
  }
}
