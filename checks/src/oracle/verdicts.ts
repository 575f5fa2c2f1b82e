import { type AnomalyType, type FraudVerdict } from '@fintech-streams/contracts'
import { floorDivide, hourOfDay } from './exact.ts'
import { type OracleTransaction } from './source.ts'

const MINUTE_MS = 60_000
/** A customer without activity for this long, in event time, is new again. */
const RETENTION_MS = 30 * 24 * 60 * MINUTE_MS

export interface Judgement {
  verdict: FraudVerdict
  fraudScore: number
  anomaly: { type: AnomalyType; score: number } | null
}

/**
 * One customer's earlier transactions in partition order. Comparisons with mean and standard deviation are made on
 * whole numbers: with n earlier amounts of sum S and sum of squares Q, n·mean = S and n²·variance = n·Q − S².
 */
export class CustomerHistory {
  #count = 0
  #sum = 0n
  #sumOfSquares = 0n
  #firstEventTimeMs = 0
  #lastEventTimeMs = -Infinity
  readonly #byMinute = new Map<number, number>()
  readonly #byHour = new Map<number, number>()
  readonly #countries = new Set<string>()
  readonly #categories = new Set<string>()

  /** Whether it counts no more when the partition's event time is at `eventTimeMs`. */
  isForgotten(eventTimeMs: number): boolean {
    return this.#lastEventTimeMs < eventTimeMs - RETENTION_MS
  }

  /** Judges a transaction by those before it, then learns it. */
  judge(t: OracleTransaction): Judgement {
    const judgement = { ...this.#fraud(t), anomaly: this.#anomaly(t) }
    this.#learn(t)
    return judgement
  }

  #fraud(t: OracleTransaction): { verdict: FraudVerdict; fraudScore: number } {
    if (this.#isHighAmount(t)) return { verdict: 'HIGH_AMOUNT', fraudScore: 0.8 }
    if (this.#isTooFrequent(t)) return { verdict: 'FREQUENCY_ANOMALY', fraudScore: 0.7 }
    if (this.#count >= 10 && t.country !== null && !this.#countries.has(t.country)) {
      return { verdict: 'LOCATION_ANOMALY', fraudScore: 0.6 }
    }
    const hour = hourOfDay(t.eventTimeMs)
    const isNormalHour = (hour >= 6 && hour <= 22) || (this.#byHour.get(hour) ?? 0) >= 5
    return isNormalHour ? { verdict: 'NORMAL', fraudScore: 0.1 } : { verdict: 'TIME_ANOMALY', fraudScore: 0.5 }
  }

  #anomaly(t: OracleTransaction): Judgement['anomaly'] {
    const deviation = this.#deviation(t)
    if (this.#count >= 30 && this.#spread() > 0n && deviation ** 2n > 9n * this.#spread()) {
      return { type: 'STATISTICAL_OUTLIER', score: Number(deviation) / Math.sqrt(Number(this.#spread())) }
    }
    const isNewCategory = t.category !== null && !this.#categories.has(t.category)
    if (this.#count >= 10 && isNewCategory && t.amountMinor * BigInt(this.#count) > 2n * this.#sum) {
      return { type: 'PATTERN_DEVIATION', score: 0.8 }
    }
    const n1 = this.#inMinutes(t, 1)
    const n60 = this.#inMinutes(t, 60)
    if (this.#isKnownFor(t, 10) && n1 > 5 && 60 * n1 > 5 * n60) return { type: 'VELOCITY_ANOMALY', score: 0.7 }
    return null
  }

  #isHighAmount(t: OracleTransaction): boolean {
    const deviation = this.#deviation(t)
    return this.#count >= 10 && t.amountMinor > 10_000n && deviation > 0n && deviation ** 2n > 16n * this.#spread()
  }

  #isTooFrequent(t: OracleTransaction): boolean {
    const n5 = this.#inMinutes(t, 5)
    const n60 = this.#inMinutes(t, 60)
    return this.#isKnownFor(t, 30) && n5 > 10 && 12 * n5 > 4 * n60
  }

  /** n·(amount − mean). */
  #deviation(t: OracleTransaction): bigint {
    return t.amountMinor * BigInt(this.#count) - this.#sum
  }

  /** n²·variance of the population. */
  #spread(): bigint {
    return BigInt(this.#count) * this.#sumOfSquares - this.#sum ** 2n
  }

  #isKnownFor(t: OracleTransaction, minutes: number): boolean {
    return this.#count > 0 && t.eventTimeMs - this.#firstEventTimeMs >= minutes * MINUTE_MS
  }

  /** Transactions in this one's UTC minute and the `minutes` − 1 before it, this one included. */
  #inMinutes(t: OracleTransaction, minutes: number): number {
    const last = floorDivide(t.eventTimeMs, MINUTE_MS)
    let count = 1
    for (let minute = last - minutes + 1; minute <= last; minute += 1) count += this.#byMinute.get(minute) ?? 0
    return count
  }

  #learn(t: OracleTransaction): void {
    if (this.#count === 0) this.#firstEventTimeMs = t.eventTimeMs
    this.#lastEventTimeMs = Math.max(this.#lastEventTimeMs, t.eventTimeMs)
    this.#count += 1
    this.#sum += t.amountMinor
    this.#sumOfSquares += t.amountMinor ** 2n
    const minute = floorDivide(t.eventTimeMs, MINUTE_MS)
    this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? 0) + 1)
    const hour = hourOfDay(t.eventTimeMs)
    this.#byHour.set(hour, (this.#byHour.get(hour) ?? 0) + 1)
    if (t.country !== null) this.#countries.add(t.country)
    if (t.category !== null) this.#categories.add(t.category)
  }
}
