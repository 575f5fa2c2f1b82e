import { DAY_MS, HOUR_MS, MINUTE_MS, type Transaction } from '@fintech-streams/contracts'
import { describe, expect, it } from 'vitest'
import { CONTRACT_RULES_FILE, learned, steady } from '@fintech-streams/processor-testing'
import { BASE_TIME_MS, buildTransaction, id } from '@fintech-streams/testing'
import { type CustomerPattern } from './customer-pattern.ts'
import { fraudDetection } from './fraud-detection.ts'
import { loadRules, type Rules } from './rules.ts'

const rules = loadRules(CONTRACT_RULES_FILE)

const judge = (tx: Partial<Transaction>, earlier: CustomerPattern, by: Rules = rules) =>
  fraudDetection(by).judge(buildTransaction(tx), earlier)

it('says everything about a normal transaction', () => {
  expect(judge({}, learned(steady(10)))).toEqual({
    transaction_id: id(1),
    customer_id: id(100),
    account_id: id(200),
    amount_usd: 25_00,
    verdict: 'NORMAL',
    fraud_score: 0.1,
    evidence: { earlier: 10 },
    rule_version: rules.version,
    event_time: BASE_TIME_MS,
  })
  expect(judge({ accountId: undefined }, learned([]))).toMatchObject({ account_id: null, verdict: 'NORMAL' })
})

describe('HIGH_AMOUNT', () => {
  it('is more than four standard deviations above the mean', () => {
    const earlier = learned(steady(10))
    expect(judge({ amountUsdMinor: 140_00 }, earlier)).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({ amountUsdMinor: 140_01 }, earlier)).toMatchObject({
      verdict: 'HIGH_AMOUNT',
      fraud_score: 0.8,
      evidence: { earlier: 10, mean: '100.00', deviation: 10, limit: 140 },
    })
  })

  it('needs ten earlier transactions', () => {
    expect(judge({ amountUsdMinor: 5_000_00 }, learned(steady(9)))).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({ amountUsdMinor: 5_000_00 }, learned(steady(10)))).toMatchObject({ verdict: 'HIGH_AMOUNT' })
  })

  it('is over 100.00, whatever the customer usually spends', () => {
    const earlier = learned(steady(10).map((tx) => ({ ...tx, amountUsdMinor: 1_00 })))
    expect(judge({ amountUsdMinor: 100_00 }, earlier)).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({ amountUsdMinor: 100_01 }, earlier)).toMatchObject({
      verdict: 'HIGH_AMOUNT',
      evidence: { mean: '1.00', deviation: 0, limit: 1 },
    })
  })
})

/** `count` earlier transactions at one time. */
const at = (eventTimeMs: number, count = 1): Transaction[] =>
  Array.from({ length: count }, () => buildTransaction({ eventTimeMs }))

describe('FREQUENCY_ANOMALY', () => {
  const first = at(BASE_TIME_MS - 30 * MINUTE_MS)

  it('is more than ten in five minutes, this one included', () => {
    expect(judge({}, learned([...first, ...at(BASE_TIME_MS, 9)]))).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({}, learned([...first, ...at(BASE_TIME_MS, 10)]))).toMatchObject({
      verdict: 'FREQUENCY_ANOMALY',
      fraud_score: 0.7,
      evidence: { n5: 11, n60: 12, limit: 10 },
    })
  })

  it('needs a first transaction that is at least 30 min old', () => {
    const burst = at(BASE_TIME_MS, 10)
    const younger = at(BASE_TIME_MS - 30 * MINUTE_MS + 1)
    expect(judge({}, learned([...younger, ...burst]))).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({}, learned([...first, ...burst]))).toMatchObject({ verdict: 'FREQUENCY_ANOMALY' })
  })

  it('takes as first the first in partition order, also when a later one is older', () => {
    const older = at(BASE_TIME_MS - 40 * MINUTE_MS)
    const burst = at(BASE_TIME_MS - 1, 10)
    expect(judge({}, learned([...burst, ...older]))).toMatchObject({ verdict: 'NORMAL' })
  })

  it('is more than four times the five-minute average of the hour', () => {
    const spread = at(BASE_TIME_MS - 35 * MINUTE_MS, 24)
    expect(judge({}, learned([...spread, ...at(BASE_TIME_MS, 11)]))).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({}, learned([...spread, ...at(BASE_TIME_MS, 12)]))).toMatchObject({
      verdict: 'FREQUENCY_ANOMALY',
      evidence: { n5: 13, n60: 37, limit: 37 / 3 },
    })
  })

  it('counts by UTC minutes: this one and the four before it', () => {
    const inside = at(BASE_TIME_MS - 4 * MINUTE_MS, 10)
    const outside = at(BASE_TIME_MS - 4 * MINUTE_MS - 1, 10)
    const late = BASE_TIME_MS + MINUTE_MS - 1
    expect(judge({ eventTimeMs: late }, learned([...first, ...inside]))).toMatchObject({ verdict: 'FREQUENCY_ANOMALY' })
    expect(judge({ eventTimeMs: late }, learned([...first, ...outside]))).toMatchObject({ verdict: 'NORMAL' })
  })

  it('does not see minutes after its own', () => {
    const earlier = learned([...first, ...at(BASE_TIME_MS + MINUTE_MS, 10)])
    expect(judge({}, earlier)).toMatchObject({ verdict: 'NORMAL' })
  })
})

describe('LOCATION_ANOMALY', () => {
  it('is a country never seen, once there are ten earlier transactions', () => {
    expect(judge({ country: 'FR' }, learned(steady(9)))).toMatchObject({ verdict: 'NORMAL' })
    expect(judge({ country: 'FR' }, learned(steady(10)))).toMatchObject({
      verdict: 'LOCATION_ANOMALY',
      fraud_score: 0.6,
      evidence: { country: 'FR', earlier: 10 },
    })
    const traveller = learned([buildTransaction({ country: 'FR' }), ...steady(10)])
    expect(judge({ country: 'FR' }, traveller)).toMatchObject({ verdict: 'NORMAL' })
  })

  it('needs a location', () => {
    expect(judge({ country: undefined, city: undefined }, learned(steady(10)))).toMatchObject({ verdict: 'NORMAL' })
  })
})

describe('TIME_ANOMALY', () => {
  const midnight = BASE_TIME_MS - (BASE_TIME_MS % DAY_MS)

  it.each([
    ['05:59:59.999', 6 * HOUR_MS - 1, 'TIME_ANOMALY'],
    ['06:00', 6 * HOUR_MS, 'NORMAL'],
    ['22:59:59.999', 23 * HOUR_MS - 1, 'NORMAL'],
    ['23:00', 23 * HOUR_MS, 'TIME_ANOMALY'],
    ['00:00', 0, 'TIME_ANOMALY'],
  ])('at %s UTC', (_name, sinceMidnightMs, verdict) => {
    expect(judge({ eventTimeMs: midnight + sinceMidnightMs }, learned([]))).toMatchObject({ verdict })
  })

  it('ends for an hour with the customer’s fifth earlier transaction in it', () => {
    const eventTimeMs = midnight + 23 * HOUR_MS
    const nights = (count: number) =>
      learned(Array.from({ length: count }, (_, day) => at(eventTimeMs - (count - day) * DAY_MS)).flat())
    expect(judge({ eventTimeMs }, nights(4))).toMatchObject({
      verdict: 'TIME_ANOMALY',
      fraud_score: 0.5,
      evidence: { hour: 23, earlier_in_hour: 4, normal_from: 5 },
    })
    expect(judge({ eventTimeMs }, nights(5))).toMatchObject({ verdict: 'NORMAL' })
  })
})

it('gives the verdict of the first rule that matches and is switched on', () => {
  const night = BASE_TIME_MS - (BASE_TIME_MS % DAY_MS) + 3 * HOUR_MS
  const earlier = learned([...steady(10), ...at(night, 20)])
  const tx = { amountUsdMinor: 90_000_00, country: 'FR', eventTimeMs: night + DAY_MS }
  const burst = learned([...steady(10), ...at(tx.eventTimeMs, 4), ...at(tx.eventTimeMs - MINUTE_MS, 8)])
  const off = (...names: string[]): Rules => {
    const changed = structuredClone(rules)
    for (const [name, rule] of Object.entries(changed.fraud_detection)) {
      if ('enabled' in rule) rule.enabled = !names.includes(name)
    }
    return changed
  }
  const verdicts = (...names: string[]) => judge(tx, burst, off(...names))
  expect(verdicts()).toMatchObject({ verdict: 'HIGH_AMOUNT' })
  expect(verdicts('HIGH_AMOUNT')).toMatchObject({ verdict: 'FREQUENCY_ANOMALY' })
  expect(verdicts('HIGH_AMOUNT', 'FREQUENCY_ANOMALY')).toMatchObject({ verdict: 'LOCATION_ANOMALY' })
  expect(verdicts('HIGH_AMOUNT', 'FREQUENCY_ANOMALY', 'LOCATION_ANOMALY')).toMatchObject({ verdict: 'TIME_ANOMALY' })
  expect(verdicts('HIGH_AMOUNT', 'FREQUENCY_ANOMALY', 'LOCATION_ANOMALY', 'TIME_ANOMALY')).toMatchObject({
    verdict: 'NORMAL',
  })
  expect(judge(tx, earlier, off('HIGH_AMOUNT', 'LOCATION_ANOMALY'))).toMatchObject({ verdict: 'NORMAL' })
})

it('reads its thresholds from the rules', () => {
  const strict = structuredClone(rules)
  strict.fraud_detection.HIGH_AMOUNT.deviations = 2
  expect(judge({ amountUsdMinor: 120_01 }, learned(steady(10)))).toMatchObject({ verdict: 'NORMAL' })
  expect(judge({ amountUsdMinor: 120_01 }, learned(steady(10)), strict)).toMatchObject({ verdict: 'HIGH_AMOUNT' })
})
