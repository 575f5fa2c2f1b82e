import { DAY_MS, MINUTE_MS, type Transaction } from '@fintech-streams/contracts'
import { describe, expect, it } from 'vitest'
import { CONTRACT_RULES_FILE, learned, steady } from '@fintech-streams/processor-testing'
import { BASE_TIME_MS, buildTransaction, id } from '@fintech-streams/testing'
import { anomalyDetection } from './anomaly-detection.ts'
import { type CustomerPattern } from './customer-pattern.ts'
import { loadRules, type Rules } from './rules.ts'

const rules = loadRules(CONTRACT_RULES_FILE)

/** Ten earlier purchases of these amounts. */
const spent = (...amountsMinor: number[]): CustomerPattern =>
  learned(
    amountsMinor.map((amountUsdMinor, at) =>
      buildTransaction({ amountUsdMinor, eventTimeMs: BASE_TIME_MS - (amountsMinor.length - at) * DAY_MS }),
    ),
  )

const judge = (tx: Partial<Transaction>, earlier: CustomerPattern, by: Rules = rules) =>
  anomalyDetection(by).judge(buildTransaction(tx), earlier)

it('has no result for a transaction that is not out of the ordinary', () => {
  expect(judge({}, learned([]))).toBeUndefined()
  expect(judge({ amountUsdMinor: 100_00 }, learned(steady(30)))).toBeUndefined()
})

describe('STATISTICAL_OUTLIER', () => {
  const earlier = learned(steady(30))

  it('lies more than three standard deviations above the mean', () => {
    expect(judge({ amountUsdMinor: 130_00 }, earlier)).toBeUndefined()
    expect(judge({ amountUsdMinor: 150_00 }, earlier)).toEqual({
      transaction_id: id(1),
      customer_id: id(100),
      anomaly_type: 'STATISTICAL_OUTLIER',
      anomaly_score: 5,
      description: "150.00 is 5.0 standard deviations above the customer's mean of 100.00",
      evidence: { amount: '150.00', earlier: 30, mean: '100.00', deviation: 10, limit: 3 },
      rule_version: rules.version,
      event_time: BASE_TIME_MS,
    })
  })

  it('lies as far below it, with a negative score', () => {
    expect(judge({ amountUsdMinor: 70_00 }, earlier)).toBeUndefined()
    expect(judge({ amountUsdMinor: 50_00 }, earlier)).toMatchObject({
      anomaly_type: 'STATISTICAL_OUTLIER',
      anomaly_score: -5,
      description: "50.00 is 5.0 standard deviations below the customer's mean of 100.00",
    })
  })

  it('needs thirty earlier transactions', () => {
    const amountUsdMinor = 10_000_00
    expect(judge({ amountUsdMinor }, spent(...Array.from({ length: 29 }, (_, at) => at * 100)))).toBeUndefined()
    expect(judge({ amountUsdMinor }, spent(...Array.from({ length: 30 }, (_, at) => at * 100)))).toBeDefined()
  })

  it('needs amounts that differ', () => {
    expect(judge({ amountUsdMinor: 10_000_00 }, spent(...Array<number>(30).fill(50_00)))).toBeUndefined()
  })
})

describe('PATTERN_DEVIATION', () => {
  const merchantCategory = 'JEWELRY'

  it('is a category never seen, at more than twice the mean', () => {
    const earlier = learned(steady(10))
    expect(judge({ merchantCategory, amountUsdMinor: 200_00 }, earlier)).toBeUndefined()
    expect(judge({ merchantCategory, amountUsdMinor: 200_01 }, earlier)).toMatchObject({
      anomaly_type: 'PATTERN_DEVIATION',
      anomaly_score: 0.8,
      description: "first in JEWELRY, and 200.01 is over 2 times the customer's mean of 100.00",
      evidence: { amount: '200.01', category: 'JEWELRY', earlier: 10, mean: '100.00', mean_factor: 2 },
    })
    expect(judge({ merchantCategory: 'GROCERY', amountUsdMinor: 200_01 }, earlier)).toBeUndefined()
  })

  it('needs ten earlier transactions and a category', () => {
    expect(judge({ merchantCategory, amountUsdMinor: 900_00 }, learned(steady(9)))).toBeUndefined()
    expect(judge({ merchantCategory: undefined, amountUsdMinor: 900_00 }, learned(steady(10)))).toBeUndefined()
  })

  it('compares exactly where doubles would not', () => {
    const trillions = 4_000_000_000_000_000
    const earlier = spent(...Array<number>(9).fill(trillions), trillions + 9)
    expect((2 * trillions + 2) * 10 > 2 * Number(earlier.sumMinor)).toBe(false)
    expect(judge({ merchantCategory, amountUsdMinor: 2 * trillions + 2 }, earlier)).toBeDefined()
    expect(judge({ merchantCategory, amountUsdMinor: 2 * trillions + 1 }, earlier)).toBeUndefined()
    const even = spent(...Array<number>(10).fill(trillions))
    expect(judge({ merchantCategory, amountUsdMinor: 2 * trillions }, even)).toBeUndefined()
  })
})

describe('VELOCITY_ANOMALY', () => {
  const at = (eventTimeMs: number, count = 1): Transaction[] =>
    Array.from({ length: count }, () => buildTransaction({ eventTimeMs }))
  const first = at(BASE_TIME_MS - 10 * MINUTE_MS)

  it('is more than five in one minute, this one included', () => {
    expect(judge({}, learned([...first, ...at(BASE_TIME_MS, 4)]))).toBeUndefined()
    expect(judge({}, learned([...first, ...at(BASE_TIME_MS, 5)]))).toMatchObject({
      anomaly_type: 'VELOCITY_ANOMALY',
      anomaly_score: 0.7,
      description: '6 transactions in one minute, 7 in the hour up to it',
      evidence: { n1: 6, n60: 7, limit: 5 },
    })
  })

  it('counts the UTC minute, not the last sixty seconds', () => {
    expect(judge({}, learned([...first, ...at(BASE_TIME_MS - 1, 5)]))).toBeUndefined()
    expect(
      judge({ eventTimeMs: BASE_TIME_MS + MINUTE_MS - 1 }, learned([...first, ...at(BASE_TIME_MS, 5)])),
    ).toBeDefined()
  })

  it('needs a first transaction that is at least 10 min old', () => {
    const younger = at(BASE_TIME_MS - 10 * MINUTE_MS + 1)
    expect(judge({}, learned([...younger, ...at(BASE_TIME_MS, 5)]))).toBeUndefined()
  })

  it('is more than five times the one-minute average of the hour', () => {
    const spread = at(BASE_TIME_MS - 59 * MINUTE_MS, 77)
    expect(judge({}, learned([...spread, ...at(BASE_TIME_MS, 6)]))).toBeUndefined()
    expect(judge({}, learned([...spread, ...at(BASE_TIME_MS, 7)]))).toMatchObject({
      evidence: { n1: 8, n60: 85, limit: (5 * 85) / 60 },
    })
    const aged = at(BASE_TIME_MS - 60 * MINUTE_MS, 77)
    expect(judge({}, learned([...aged, ...at(BASE_TIME_MS, 6)]))).toMatchObject({ evidence: { n1: 7, n60: 7 } })
  })
})

it('takes the first rule that matches and is switched on', () => {
  const burst = Array.from({ length: 6 }, () => buildTransaction({ amountUsdMinor: 100_00 }))
  const earlier = learned([...steady(30), ...burst])
  const tx = { merchantCategory: 'JEWELRY', amountUsdMinor: 900_00 }
  const changed = structuredClone(rules)
  expect(judge(tx, earlier, changed)).toMatchObject({ anomaly_type: 'STATISTICAL_OUTLIER' })
  changed.anomaly_detection.STATISTICAL_OUTLIER.enabled = false
  expect(judge(tx, earlier, changed)).toMatchObject({ anomaly_type: 'PATTERN_DEVIATION' })
  changed.anomaly_detection.PATTERN_DEVIATION.enabled = false
  expect(judge(tx, earlier, changed)).toMatchObject({ anomaly_type: 'VELOCITY_ANOMALY' })
  changed.anomaly_detection.VELOCITY_ANOMALY.enabled = false
  expect(judge(tx, earlier, changed)).toBeUndefined()
})
