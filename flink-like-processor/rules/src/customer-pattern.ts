import { addMinor, days, MINUTE_MS, type SumMinor, type Transaction, utcHour } from '@fintech-streams/contracts'
import { type Features, Lists, offsetOf, readSum, Rows, sumOfJson, writeSum } from '@fintech-streams/engine'
import { type ByteReader, type ByteWriter } from '@fintech-streams/records'
import { Counters } from './counters.ts'
import { KeptTexts } from './kept-texts.ts'

/**
 * Minute counters kept per customer: an hour, seen from any record within the 15 minutes of the horizon, which itself is
 * up to a minute further back than the customer's own event time, where that was ahead of its commit.
 */
const MINUTES_KEPT = 76

/** The cells of a customer's row: 64 bytes, what most processors fetch at once. */
const COUNT = 0
const SUM = 1
const SQUARES = 2
const FIRST = 3
const LAST = 4
const MINUTES = 5
const HOURS = 6
const PLACES = 7
const CELLS = 8

/** What a text in a customer's list of places is. */
const COUNTRY = 1
const CATEGORY = 2

/** A pattern as state of versions 2 and 3 has it. */
export interface JsonPattern {
  n: number
  sum: number | string
  squares: number | string
  first: number
  last: number
  minutes: number[]
  hours: number[]
  countries: string[]
  categories: string[]
}

/**
 * What is known of one customer's earlier transactions, in partition order. The per-transaction jobs read it before the
 * transaction at hand is learned, so "earlier" excludes that one unless a rule says otherwise. It is a view, valid until
 * another customer is asked for.
 */
export interface CustomerPattern {
  readonly count: number
  readonly sumMinor: SumMinor
  /** Mean amount in minor units; only with at least one transaction. */
  readonly meanMinor: number
  /**
   * Population standard deviation of the amounts, in minor units: √(n·Σx² − (Σx)²) / n. The difference is exact, so
   * equal amounts have a deviation of exactly 0 and nothing drifts with the number of transactions.
   */
  readonly deviationMinor: number
  hasCountry(country: string): boolean
  hasCategory(category: string): boolean
  /** Earlier transactions in an hour of the UTC day. */
  countInHour(hour: number): number
  /**
   * The customer's transactions, the one at `eventTimeMs` included, in its UTC minute and the `minutes - 1` before it.
   * Exact for every event time within the duplicate horizon.
   */
  countInMinutes(eventTimeMs: number, minutes: number): number
  /** How long before `eventTimeMs` the first transaction was; 0 when there is none. */
  ageMs(eventTimeMs: number): number
}

/** The patterns of all customers of a partition, each a row of eight cells and three short lists. */
export class CustomerPatterns implements Features<Transaction, CustomerPattern>, CustomerPattern {
  readonly retentionMs = days(30)
  readonly #rows = new Rows(CELLS)
  readonly #lists = new Lists()
  readonly #counters = new Counters(this.#lists)
  readonly #texts = new KeptTexts()
  /** Of the current customer; NaN when it is to be computed. */
  #deviationMinor = NaN

  // --- one customer ---

  of(key: number): CustomerPattern {
    const rows = this.#rows
    while (rows.count <= key) rows.append()
    rows.seek(key)
    this.#deviationMinor = NaN
    return this
  }

  get count(): number {
    return this.#rows.floats[this.#rows.base + COUNT]!
  }

  get sumMinor(): SumMinor {
    return this.#rows.sum(SUM)
  }

  get meanMinor(): number {
    return Number(this.sumMinor) / this.count
  }

  get deviationMinor(): number {
    if (Number.isNaN(this.#deviationMinor)) this.#deviationMinor = Math.sqrt(this.#scaledVariance()) / this.count
    return this.#deviationMinor
  }

  #scaledVariance(): number {
    const { count } = this
    const [sum, squares] = [this.sumMinor, this.#rows.sum(SQUARES)]
    const left = count * Number(squares)
    const right = Number(sum) * Number(sum)
    if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right
    return Number(BigInt(count) * BigInt(squares) - BigInt(sum) ** 2n)
  }

  hasCountry(country: string): boolean {
    return this.#hasPlace(COUNTRY, country)
  }

  hasCategory(category: string): boolean {
    return this.#hasPlace(CATEGORY, category)
  }

  #hasPlace(kind: number, text: string): boolean {
    const code = this.#texts.find(text)
    const at = 2 * (this.#rows.base + PLACES)
    const [handle, size] = [this.#rows.ints[at]!, this.#rows.ints[at + 1]!]
    if (code === -1 || size === 0) return false
    const { ints } = this.#lists.page(handle)
    const first = 2 * offsetOf(handle)
    for (let place = first; place < first + 2 * size; place += 2) {
      if (ints[place] === code && ints[place + 1] === kind) return true
    }
    return false
  }

  #addPlace(kind: number, text: string): void {
    const { ints, base } = this.#rows
    const at = 2 * (base + PLACES)
    const handle = this.#lists.withRoom(ints[at]!, ints[at + 1]!)
    const place = 2 * (offsetOf(handle) + ints[at + 1]!)
    const page = this.#lists.page(handle).ints
    page[place] = this.#texts.refer(text)
    page[place + 1] = kind
    ints[at] = handle
    ints[at + 1]! += 1
  }

  countInHour(hour: number): number {
    return this.#counters.get(this.#rows.ints, 2 * (this.#rows.base + HOURS), hour)
  }

  countInMinutes(eventTimeMs: number, minutes: number): number {
    const minute = Math.floor(eventTimeMs / MINUTE_MS)
    const at = 2 * (this.#rows.base + MINUTES)
    return this.#counters.sum(this.#rows.ints, at, minute - minutes + 1, minute) + 1
  }

  ageMs(eventTimeMs: number): number {
    return this.count === 0 ? 0 : eventTimeMs - this.#rows.floats[this.#rows.base + FIRST]!
  }

  // --- all customers ---

  learn(key: number, tx: Transaction): void {
    this.of(key)
    const { floats, ints, base } = this.#rows
    this.#learnAmount(tx.amountUsdMinor)
    if (floats[base + COUNT] === 1) {
      floats[base + FIRST] = tx.eventTimeMs
      floats[base + LAST] = tx.eventTimeMs
    }
    const minute = Math.floor(tx.eventTimeMs / MINUTE_MS)
    if (tx.eventTimeMs > floats[base + LAST]!) {
      floats[base + LAST] = tx.eventTimeMs
      this.#counters.dropBelow(ints, 2 * (base + MINUTES), minute - MINUTES_KEPT + 1)
    }
    this.#counters.increment(ints, 2 * (base + MINUTES), minute)
    this.#counters.increment(ints, 2 * (base + HOURS), utcHour(tx.eventTimeMs))
    if (tx.country !== undefined && !this.hasCountry(tx.country)) this.#addPlace(COUNTRY, tx.country)
    if (tx.merchantCategory !== undefined && !this.hasCategory(tx.merchantCategory)) {
      this.#addPlace(CATEGORY, tx.merchantCategory)
    }
  }

  #learnAmount(amountMinor: number): void {
    const { floats, base } = this.#rows
    floats[base + COUNT]! += 1
    this.#deviationMinor = NaN
    const sum = floats[base + SUM]! + amountMinor
    if (Number.isSafeInteger(sum)) floats[base + SUM] = sum
    else this.#rows.setSum(SUM, addMinor(this.sumMinor, amountMinor))
    const squares = floats[base + SQUARES]! + amountMinor * amountMinor
    if (Number.isSafeInteger(squares)) floats[base + SQUARES] = squares
    else this.#rows.setSum(SQUARES, BigInt(this.#rows.sum(SQUARES)) + BigInt(amountMinor) ** 2n)
  }

  has(key: number): boolean {
    return this.of(key).count > 0
  }

  forget(key: number): void {
    this.of(key)
    const { floats, ints, base } = this.#rows
    this.#counters.forget(ints, 2 * (base + MINUTES))
    this.#counters.forget(ints, 2 * (base + HOURS))
    const at = 2 * (base + PLACES)
    this.#forEachPlace((code) => this.#texts.release(code))
    if (ints[at + 1]! > 0) this.#lists.giveRoom(ints[at]!, ints[at + 1]!)
    for (const cell of [SUM, SQUARES]) this.#rows.setSum(cell, 0)
    floats.fill(0, base, base + CELLS)
  }

  #forEachPlace(visit: (code: number, kind: number) => void): void {
    const at = 2 * (this.#rows.base + PLACES)
    const [handle, size] = [this.#rows.ints[at]!, this.#rows.ints[at + 1]!]
    if (size === 0) return
    const { ints } = this.#lists.page(handle)
    const first = 2 * offsetOf(handle)
    for (let place = first; place < first + 2 * size; place += 2) visit(ints[place]!, ints[place + 1]!)
  }

  write(key: number, into: ByteWriter): void {
    this.of(key)
    const { floats, ints, base } = this.#rows
    into.varint(floats[base + COUNT]!)
    writeSum(into, this.sumMinor)
    writeSum(into, this.#rows.sum(SQUARES))
    into.float64(floats[base + FIRST]!)
    into.float64(floats[base + LAST]!)
    this.#counters.write(ints, 2 * (base + MINUTES), into)
    this.#counters.write(ints, 2 * (base + HOURS), into)
    into.varint(ints[2 * (base + PLACES) + 1]!)
    this.#forEachPlace((code, kind) => {
      into.byte(kind)
      into.text(this.#texts.text(code))
    })
  }

  read(key: number, from: ByteReader): void {
    this.forget(key)
    const { floats, ints, base } = this.#rows
    floats[base + COUNT] = from.varint()
    this.#rows.setSum(SUM, readSum(from))
    this.#rows.setSum(SQUARES, readSum(from))
    floats[base + FIRST] = from.float64()
    floats[base + LAST] = from.float64()
    this.#counters.read(ints, 2 * (base + MINUTES), from)
    this.#counters.read(ints, 2 * (base + HOURS), from)
    for (let left = from.varint(); left > 0; left -= 1) this.#addPlace(from.byte(), from.text())
  }

  readJson(key: number, encoded: unknown): void {
    const pattern = encoded as JsonPattern
    this.forget(key)
    const { floats, ints, base } = this.#rows
    floats[base + COUNT] = pattern.n
    this.#rows.setSum(SUM, sumOfJson(pattern.sum))
    this.#rows.setSum(SQUARES, sumOfJson(pattern.squares))
    floats[base + FIRST] = pattern.first
    floats[base + LAST] = pattern.last
    this.#counters.readJson(ints, 2 * (base + MINUTES), pattern.minutes)
    this.#counters.readJson(ints, 2 * (base + HOURS), pattern.hours)
    for (const country of pattern.countries) this.#addPlace(COUNTRY, country)
    for (const category of pattern.categories) this.#addPlace(CATEGORY, category)
  }
}
