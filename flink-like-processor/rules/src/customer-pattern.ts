import { addMinor, days, MINUTE_MS, type SumMinor, type Transaction, utcHour } from '@fintech-streams/contracts'
import { type Features, restoredSum, writeSum } from '@fintech-streams/engine'
import { type ByteWriter } from '@fintech-streams/records'
import { SparseCounter } from './sparse-counter.ts'

/**
 * Minute counters kept per customer: an hour, seen from any record within the 15 minutes of the horizon, which itself is
 * up to a minute further back than the customer's own event time, where that was ahead of its commit.
 */
const MINUTES_KEPT = 76

/** A pattern as it stands in the changelog. */
export interface EncodedPattern {
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
 * What is known of a customer's earlier transactions, in partition order. The per-transaction jobs read it before the
 * transaction at hand is learned, so "earlier" excludes that one unless a rule says otherwise.
 */
export class CustomerPattern {
  count = 0
  sumMinor: SumMinor = 0
  /** Sum of squared amounts, in square minor units, exact; the large one once it leaves the safe integer range. */
  #squares = 0
  #largeSquares: bigint | undefined
  /** Computed at most once between two transactions, NaN when it is out of date. */
  #deviationMinor = NaN
  /** Event time of the first transaction learned. */
  firstEventTimeMs = 0
  /** Largest event time learned. */
  lastEventTimeMs = 0
  #minutes = new SparseCounter()
  #hours = new SparseCounter()
  #countries: string[] = []
  #categories: string[] = []

  /** Mean amount in minor units; only with at least one transaction. */
  get meanMinor(): number {
    return Number(this.sumMinor) / this.count
  }

  /**
   * Population standard deviation of the amounts, in minor units: √(n·Σx² − (Σx)²) / n. The difference is exact, so
   * equal amounts have a deviation of exactly 0 and nothing drifts with the number of transactions.
   */
  get deviationMinor(): number {
    if (Number.isNaN(this.#deviationMinor)) this.#deviationMinor = Math.sqrt(this.#scaledVariance()) / this.count
    return this.#deviationMinor
  }

  #scaledVariance(): number {
    const squares = this.#largeSquares ?? this.#squares
    const left = this.count * Number(squares)
    const right = Number(this.sumMinor) * Number(this.sumMinor)
    if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right
    return Number(BigInt(this.count) * BigInt(squares) - BigInt(this.sumMinor) ** 2n)
  }

  hasCountry(country: string): boolean {
    return this.#countries.includes(country)
  }

  hasCategory(category: string): boolean {
    return this.#categories.includes(category)
  }

  /** Earlier transactions in an hour of the UTC day. */
  countInHour(hour: number): number {
    return this.#hours.get(hour)
  }

  /**
   * The customer's transactions, the one at `eventTimeMs` included, in its UTC minute and the `minutes - 1` before it.
   * Exact for every event time within the duplicate horizon.
   */
  countInMinutes(eventTimeMs: number, minutes: number): number {
    const minute = Math.floor(eventTimeMs / MINUTE_MS)
    return this.#minutes.sum(minute - minutes + 1, minute) + 1
  }

  /** How long before `eventTimeMs` the first transaction was; 0 when there is none. */
  ageMs(eventTimeMs: number): number {
    return this.count === 0 ? 0 : eventTimeMs - this.firstEventTimeMs
  }

  /** Takes a transaction in. */
  learn(tx: Transaction): void {
    this.#learnAmount(tx.amountUsdMinor)
    if (this.count === 1) {
      this.firstEventTimeMs = tx.eventTimeMs
      this.lastEventTimeMs = tx.eventTimeMs
    }
    const minute = Math.floor(tx.eventTimeMs / MINUTE_MS)
    if (tx.eventTimeMs > this.lastEventTimeMs) {
      this.lastEventTimeMs = tx.eventTimeMs
      this.#minutes.dropBelow(minute - MINUTES_KEPT + 1)
    }
    this.#minutes.increment(minute)
    this.#hours.increment(utcHour(tx.eventTimeMs))
    // Not pushed or spread, which keeps room for 16 more.
    if (tx.country !== undefined && !this.hasCountry(tx.country)) this.#countries = this.#countries.concat(tx.country)
    if (tx.merchantCategory !== undefined && !this.hasCategory(tx.merchantCategory)) {
      this.#categories = this.#categories.concat(tx.merchantCategory)
    }
  }

  #learnAmount(amountMinor: number): void {
    this.count += 1
    this.sumMinor = addMinor(this.sumMinor, amountMinor)
    this.#deviationMinor = NaN
    if (this.#largeSquares !== undefined) {
      this.#largeSquares += BigInt(amountMinor) ** 2n
      return
    }
    // A field that only ever holds numbers is written in place; one that may hold a bigint is a new object each time.
    const squares = this.#squares + amountMinor * amountMinor
    if (Number.isSafeInteger(squares)) this.#squares = squares
    else this.#largeSquares = BigInt(this.#squares) + BigInt(amountMinor) ** 2n
  }

  /** Writes the JSON of `EncodedPattern`. */
  write(into: ByteWriter): void {
    into.ascii('{"n":')
    into.number(this.count)
    into.ascii(',"sum":')
    writeSum(into, this.sumMinor)
    into.ascii(',"squares":')
    writeSum(into, this.#largeSquares ?? this.#squares)
    into.ascii(',"first":')
    into.number(this.firstEventTimeMs)
    into.ascii(',"last":')
    into.number(this.lastEventTimeMs)
    into.ascii(',"minutes":')
    this.#minutes.write(into)
    into.ascii(',"hours":')
    this.#hours.write(into)
    into.ascii(',"countries":')
    into.texts(this.#countries)
    into.ascii(',"categories":')
    into.texts(this.#categories)
    into.ascii('}')
  }

  static restore(encoded: EncodedPattern): CustomerPattern {
    const pattern = new CustomerPattern()
    pattern.count = encoded.n
    pattern.sumMinor = restoredSum(encoded.sum)
    const squares = restoredSum(encoded.squares)
    if (typeof squares === 'number') pattern.#squares = squares
    else pattern.#largeSquares = squares
    pattern.firstEventTimeMs = encoded.first
    pattern.lastEventTimeMs = encoded.last
    pattern.#minutes = new SparseCounter(encoded.minutes)
    pattern.#hours = new SparseCounter(encoded.hours)
    pattern.#countries = encoded.countries
    pattern.#categories = encoded.categories
    return pattern
  }
}

/** What the engine keeps of each customer for these jobs. */
export const customerFeatures: Features<Transaction, CustomerPattern> = {
  create: () => new CustomerPattern(),
  learn: (pattern, tx) => pattern.learn(tx),
  write: (pattern, into) => pattern.write(into),
  restore: (encoded) => CustomerPattern.restore(encoded as EncodedPattern),
  retentionMs: days(30),
}
