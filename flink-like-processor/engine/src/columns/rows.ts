import { type SumMinor } from '@fintech-streams/contracts'
import { givePage, type Page, PAGE_CELLS, takePage } from '../cells.ts'
import { type KeyPairs } from './key-pairs.ts'

/**
 * Rows of cells, one after the other in pages. There is one current row, of which columns read and write the cells from
 * `base` on.
 */
export class Rows {
  readonly #pages: Page[] = []
  readonly #stride: number
  readonly #shift: number
  readonly #mask: number
  count = 0
  /** The current row, its page, and the place of its first cell. */
  row = -1
  floats: Float64Array = NONE.floats
  ints: Int32Array = NONE.ints
  base = 0
  /** What is no number: cells have places in it. The first place is nobody's. */
  readonly beside: unknown[] = [undefined]
  /** Sums beyond the safe integers, by row and cell. Their cells are NaN. */
  #large: Map<number, bigint> | undefined
  /** Which of the source's keys are in which row, where a column asks for it. */
  pairs: KeyPairs | undefined
  /** The source's key of the event at hand. */
  sourceKey = -1

  constructor(stride: number) {
    this.#stride = stride
    this.#shift = 31 - Math.clz32(Math.max(1, Math.floor(PAGE_CELLS / stride)))
    this.#mask = (1 << this.#shift) - 1
  }

  /** Adds a row of zeros, which becomes the current one. */
  append(): void {
    if (this.count >> this.#shift === this.#pages.length) this.#pages.push(takePage())
    this.count += 1
    this.seek(this.count - 1)
  }

  seek(row: number): void {
    const { floats, ints } = this.#pages[row >> this.#shift]!
    this.row = row
    this.floats = floats
    this.ints = ints
    this.base = (row & this.#mask) * this.#stride
  }

  /** The exact sum in a cell of the current row. */
  sum(at: number): SumMinor {
    const sum = this.floats[this.base + at]!
    return Number.isNaN(sum) ? this.#large!.get(this.row * this.#stride + at)! : sum
  }

  setSum(at: number, sum: SumMinor): void {
    const isLarge = typeof sum === 'bigint'
    this.floats[this.base + at] = isLarge ? NaN : sum
    const cell = this.row * this.#stride + at
    if (isLarge) (this.#large ??= new Map<number, bigint>()).set(cell, sum)
    else this.#large?.delete(cell)
  }

  /** Gives up all rows. */
  drop(): void {
    for (const page of this.#pages) givePage(page)
    this.#pages.length = 0
    this.count = 0
    this.#large = undefined
    this.pairs = undefined
  }
}

const NONE = { floats: new Float64Array(0), ints: new Int32Array(0) }
