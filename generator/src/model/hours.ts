import { MINUTE_MS, SECOND_MS, utcHour } from '@fintech-streams/contracts'
import { Random } from '../random.ts'

/** How much busier than its base rate an hour of the UTC day is: a range, from which every minute draws its own. */
export interface HourMultiplier {
  low: number
  high: number
}

const NIGHT: HourMultiplier = { low: 0.2, high: 0.5 }
const MORNING: HourMultiplier = { low: 0.8, high: 1.2 }
const BUSINESS: HourMultiplier = { low: 1.5, high: 2.0 }
const EVENING: HourMultiplier = { low: 1.2, high: 1.8 }

/** Business hours are 9 to 17, the evening 18 to 22, the morning 6 to 8, both ends included. */
export function hourMultiplier(hour: number): HourMultiplier {
  if (hour >= 9 && hour <= 17) return BUSINESS
  if (hour >= 18 && hour <= 22) return EVENING
  if (hour >= 6 && hour <= 8) return MORNING
  return NIGHT
}

/** What the multipliers of a whole day come to on average. */
export const MEAN_MULTIPLIER =
  Array.from({ length: 24 }, (_, hour) => hourMultiplier(hour)).reduce((sum, { low, high }) => sum + low + high, 0) / 48

/**
 * When each transaction is due: the base rate times the minute's multiplier. Transactions are spread evenly with a
 * jitter of up to one interval, so that any stretch of time has its planned number, give or take one.
 */
export class RatePlan {
  readonly #perSecond: number
  readonly #flat: boolean
  readonly #seed: number
  readonly #jitter: Random
  #minute: number
  /** Milliseconds into the minute from which the transactions below count. */
  #fromMs: number
  /** Transactions planned before that instant. */
  #before = 0
  /** Transactions taken from the plan. */
  #taken = 0
  #rate: number
  #due: number

  /** @param flat holds the base rate at every hour. */
  constructor(options: { perSecond: number; flat: boolean; seed: number; startMs: number }) {
    if (!(options.perSecond > 0)) throw new RangeError('a plan needs a rate above 0')
    this.#perSecond = options.perSecond
    this.#flat = options.flat
    this.#seed = options.seed
    this.#jitter = new Random(options.seed, options.startMs, 'arrivals')
    this.#minute = Math.floor(options.startMs / MINUTE_MS)
    this.#fromMs = options.startMs
    this.#rate = this.ratePerSecond(options.startMs)
    this.#due = this.#next()
  }

  /** The planned rate of the minute in which this instant lies; the same for every plan of this seed. */
  ratePerSecond(atMs: number): number {
    if (this.#flat) return this.#perSecond
    const { low, high } = hourMultiplier(utcHour(atMs))
    return this.#perSecond * new Random(this.#seed, 'minute', Math.floor(atMs / MINUTE_MS)).uniform(low, high)
  }

  /** How many transactions are planned between two instants. */
  expectedCount(fromMs: number, toMs: number): number {
    let expected = 0
    for (let atMs = fromMs; atMs < toMs;) {
      const untilMs = Math.min(toMs, (Math.floor(atMs / MINUTE_MS) + 1) * MINUTE_MS)
      expected += ((untilMs - atMs) / SECOND_MS) * this.ratePerSecond(atMs)
      atMs = untilMs
    }
    return expected
  }

  /** When the next transaction is due. */
  get dueMs(): number {
    return this.#due
  }

  /** Takes the next transaction from the plan and returns when it was due; never goes back in time. */
  take(): number {
    const due = this.#due
    this.#due = this.#next()
    return due
  }

  #next(): number {
    const position = this.#taken + this.#jitter.unit()
    this.#taken += 1
    for (;;) {
      const dueMs = this.#fromMs + ((position - this.#before) / this.#rate) * SECOND_MS
      const minuteEndMs = (this.#minute + 1) * MINUTE_MS
      if (dueMs < minuteEndMs) return Math.floor(dueMs)
      this.#before += ((minuteEndMs - this.#fromMs) / SECOND_MS) * this.#rate
      this.#minute += 1
      this.#fromMs = minuteEndMs
      this.#rate = this.ratePerSecond(minuteEndMs)
    }
  }
}
