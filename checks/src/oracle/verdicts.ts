import { type AnomalyType, type FraudVerdict } from '@fintech-streams/contracts'
import { floorDivide, hourOfDay } from './exact.ts'
import { type Fraction, type OracleRules } from './rules.ts'
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
  readonly #rules: OracleRules
  #count = 0
  #sum = 0n
  #sumOfSquares = 0n
  #firstEventTimeMs = 0
  #lastEventTimeMs = -Infinity
  readonly #byMinute = new Map<number, number>()
  readonly #byHour = new Map<number, number>()
  readonly #countries = new Set<string>()
  readonly #categories = new Set<string>()

  constructor(rules: OracleRules) {
    this.#rules = rules
  }

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
    const { highAmount, frequency, location, time, normalScore } = this.#rules
    if (this.#isHighAmount(t)) return { verdict: 'HIGH_AMOUNT', fraudScore: highAmount.score }
    if (this.#isTooFrequent(t)) return { verdict: 'FREQUENCY_ANOMALY', fraudScore: frequency.score }
    const isNewCountry = t.country !== null && !this.#countries.has(t.country)
    if (location.enabled && this.#count >= location.minEarlier && isNewCountry) {
      return { verdict: 'LOCATION_ANOMALY', fraudScore: location.score }
    }
    const hour = hourOfDay(t.eventTimeMs)
    const isNormalHour =
      (hour >= time.firstHour && hour <= time.lastHour) || (this.#byHour.get(hour) ?? 0) >= time.minEarlierInHour
    if (time.enabled && !isNormalHour) return { verdict: 'TIME_ANOMALY', fraudScore: time.score }
    return { verdict: 'NORMAL', fraudScore: normalScore }
  }

  #anomaly(t: OracleTransaction): Judgement['anomaly'] {
    const { outlier, category, velocity } = this.#rules
    const deviation = this.#deviation(t)
    if (outlier.enabled && this.#count >= outlier.minEarlier && this.#spread() > 0n) {
      if (this.#isFurther(deviation, outlier.deviations)) {
        return { type: 'STATISTICAL_OUTLIER', score: Number(deviation) / Math.sqrt(Number(this.#spread())) }
      }
    }
    const isNewCategory = t.category !== null && !this.#categories.has(t.category)
    const isLarge = t.amountMinor * BigInt(this.#count) > category.meanFactor * this.#sum
    if (category.enabled && this.#count >= category.minEarlier && isNewCategory && isLarge) {
      return { type: 'PATTERN_DEVIATION', score: category.score }
    }
    const n1 = this.#inMinutes(t, 1)
    const limit = Math.max(velocity.countOver, (velocity.rateFactor * this.#inMinutes(t, 60)) / 60)
    if (velocity.enabled && this.#isKnownFor(t, velocity.minAgeMinutes) && n1 > limit) {
      return { type: 'VELOCITY_ANOMALY', score: velocity.score }
    }
    return null
  }

  #isHighAmount(t: OracleTransaction): boolean {
    const { enabled, minEarlier, amountOver, deviations } = this.#rules.highAmount
    const deviation = this.#deviation(t)
    if (!enabled || this.#count < minEarlier || t.amountMinor <= amountOver) return false
    return deviation > 0n && this.#isFurther(deviation, deviations)
  }

  #isTooFrequent(t: OracleTransaction): boolean {
    const { enabled, minAgeMinutes, countOver, rateFactor } = this.#rules.frequency
    const limit = Math.max(countOver, (rateFactor * this.#inMinutes(t, 60)) / 12)
    return enabled && this.#isKnownFor(t, minAgeMinutes) && this.#inMinutes(t, 5) > limit
  }

  /** Whether n·(amount − mean) is more than a number of standard deviations from 0. */
  #isFurther(deviation: bigint, { numerator, denominator }: Fraction): boolean {
    return denominator ** 2n * deviation ** 2n > numerator ** 2n * this.#spread()
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
    return this.#count === 0 ? minutes === 0 : t.eventTimeMs - this.#firstEventTimeMs >= minutes * MINUTE_MS
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
