import { describe, expect, test } from 'vitest'
import { CONTRACT_RULES as RULES, at, intakeOf, row, uuid } from '../rows.ts'
import { expectedResults } from './recompute.ts'

type Changes = Record<string, unknown>

const results = (job: 'fraud_detection' | 'anomaly_detection', changes: readonly Changes[]) =>
  [
    ...expectedResults(job, [intakeOf(changes.map((change, n) => row(n + 1, change)))], { ...RULES, version: 'v7' }),
  ].map(({ value }) => value)
/** The verdict on the last of some transactions of one customer. */
const verdict = (...changes: Changes[]) => results('fraud_detection', changes).at(-1)?.['verdict']
/** The anomaly that the last of some transactions is. */
const anomaly = (...changes: Changes[]) =>
  results('anomaly_detection', changes).find((value) => value['transaction_id'] === uuid(changes.length))
const times = (count: number, change: Changes = {}): Changes[] => Array.from({ length: count }, () => change)
const clock = (second: number): string => new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString()

test('a verdict’s record', () => {
  expect(results('fraud_detection', [{ account_id: null, amount_usd: '7.5' }])).toEqual([
    {
      transaction_id: uuid(1),
      customer_id: uuid(0xc0),
      account_id: null,
      amount_usd: '7.50',
      verdict: 'NORMAL',
      fraud_score: 0.1,
      rule_version: 'v7',
      event_time: at('12:00:00.000'),
    },
  ])
})

describe('HIGH_AMOUNT', () => {
  // 10 amounts, half 30.00 and half 50.00: mean 40.00, population standard deviation 10.00, so the bound is 80.00.
  const spread = (n: number, low: string, high: string) => times(n).map((_, i) => ({ amount_usd: i % 2 ? low : high }))
  // Half 50.00 and half 100.00: mean 75.00, deviation 25.00, so the bound is 175.00.
  const history = spread(10, '50.00', '100.00')

  test('is over mean and four deviations', () => {
    expect(verdict(...history, { amount_usd: '175.01' })).toBe('HIGH_AMOUNT')
    expect(verdict(...history, { amount_usd: '175.00' })).toBe('NORMAL')
  })

  test('is over 100.00', () => {
    const flat = times(10, { amount_usd: '20.00' })
    expect(verdict(...flat, { amount_usd: '100.00' })).toBe('NORMAL')
    expect(verdict(...flat, { amount_usd: '100.01' })).toBe('HIGH_AMOUNT')
    expect(verdict(...spread(10, '30.00', '50.00'), { amount_usd: '100.00' })).toBe('NORMAL')
  })

  test('needs 10 earlier ones', () => {
    expect(verdict(...times(9, { amount_usd: '20.00' }), { amount_usd: '999.00' })).toBe('NORMAL')
  })

  test('an amount equal to a flat history is not high', () => {
    expect(verdict(...times(10, { amount_usd: '333.33' }), { amount_usd: '333.33' })).toBe('NORMAL')
  })

  test('learns verdicted transactions, too', () => {
    const flat = times(10, { amount_usd: '20.00' })
    const high = { amount_usd: '2000.00' }
    expect(verdict(...flat, high)).toBe('HIGH_AMOUNT')
    expect(verdict(...flat, high, high)).toBe('NORMAL')
  })

  test('is exact where doubles are not', () => {
    const huge = times(10, { amount_usd: '90071992547409.90' })
    expect(verdict(...huge, { amount_usd: '90071992547409.90' })).toBe('NORMAL')
    expect(verdict(...huge, { amount_usd: '90071992547409.91' })).toBe('HIGH_AMOUNT')
  })

  test('comes before every other verdict and has its score', () => {
    const last = { amount_usd: '2000.00', transaction_location: '{"country":"FR"}', created_at: at('23:00:00') }
    expect(results('fraud_detection', [...times(10), last]).at(-1)).toMatchObject({
      verdict: 'HIGH_AMOUNT',
      fraud_score: 0.8,
    })
  })
})

describe('FREQUENCY_ANOMALY', () => {
  const burst = (count: number, minute = 30) => times(count, { created_at: at(`12:${minute}:00`) })

  test('is more than 10 in five minutes', () => {
    expect(verdict({}, ...burst(10))).toBe('NORMAL')
    expect(verdict({}, ...burst(11))).toBe('FREQUENCY_ANOMALY')
  })

  test('is more than four times the rate of the hour', () => {
    // n5 > n60 / 3: with 11 in the last five minutes, 22 before them in the hour make exactly a third.
    expect(verdict(...times(21), ...burst(11))).toBe('FREQUENCY_ANOMALY')
    expect(verdict(...times(22), ...burst(11))).toBe('NORMAL')
  })

  test('needs a first transaction 30 min old', () => {
    const young = times(11, { created_at: at('12:29:59.999') })
    expect(verdict({}, ...young)).toBe('NORMAL')
    expect(verdict({}, ...times(11, { created_at: at('12:30:00') }))).toBe('FREQUENCY_ANOMALY')
  })

  test('the first transaction is the first learned', () => {
    // The first learned is at 12:00:01, although an older one follows.
    expect(verdict({ created_at: at('12:00:01') }, {}, ...burst(11))).toBe('NORMAL')
  })

  test('counts the current minute and the four before it', () => {
    const spreadOut = (first: string) => [
      {},
      { created_at: at(first) },
      ...burst(9, 34),
      { created_at: at('12:34:59') },
    ]
    expect(verdict(...spreadOut('12:30:00'))).toBe('FREQUENCY_ANOMALY')
    expect(verdict(...spreadOut('12:29:59.999'))).toBe('NORMAL')
  })

  test('the hour is the current minute and the 59 before it', () => {
    const after = (minutes: string) => [...times(22), ...times(11, { created_at: at(minutes) })]
    expect(verdict(...after('12:59:59'))).toBe('NORMAL')
    expect(verdict(...after('13:00:00'))).toBe('FREQUENCY_ANOMALY')
  })

  test('an out-of-order record uses the minutes up to its own', () => {
    const later = times(11, { created_at: at('12:36:00') })
    expect(verdict({}, ...later, { created_at: at('12:35:00') })).toBe('NORMAL')
    expect(verdict({}, ...later, { created_at: at('12:36:00') })).toBe('FREQUENCY_ANOMALY')
  })

  test('has its score and comes before the location', () => {
    const last = { created_at: at('12:30:00'), transaction_location: '{"country":"FR"}' }
    expect(results('fraud_detection', [{}, ...burst(10), last]).at(-1)).toMatchObject({
      verdict: 'FREQUENCY_ANOMALY',
      fraud_score: 0.7,
    })
  })
})

describe('LOCATION_ANOMALY', () => {
  const abroad = { transaction_location: '{"country":"FR"}' }

  test('is a country never seen, after 10', () => {
    expect(verdict(...times(9), abroad)).toBe('NORMAL')
    expect(results('fraud_detection', [...times(10), abroad]).at(-1)).toMatchObject({
      verdict: 'LOCATION_ANOMALY',
      fraud_score: 0.6,
    })
    expect(verdict(...times(10), abroad, abroad)).toBe('NORMAL')
  })

  test('needs a country', () => {
    expect(verdict(...times(10), { transaction_location: null })).toBe('NORMAL')
    expect(verdict(...times(10), { transaction_location: '{"city":"Rome"}' })).toBe('NORMAL')
  })

  test('comes before the hour', () => {
    const early = { created_at: at('05:00:00') }
    expect(verdict(...times(10, early), { ...early, ...abroad })).toBe('LOCATION_ANOMALY')
  })
})

describe('TIME_ANOMALY', () => {
  test.each([
    ['22:59:59.999', 'NORMAL'],
    ['23:00:00', 'TIME_ANOMALY'],
    ['05:59:59.999', 'TIME_ANOMALY'],
    ['06:00:00', 'NORMAL'],
  ])('at %s: %s', (time, expected) => {
    expect(verdict({ created_at: at(time) })).toBe(expected)
  })

  test('an hour is normal once it has 5 earlier ones', () => {
    const early = { created_at: at('03:10:00') }
    expect(results('fraud_detection', times(5, early)).at(-1)).toMatchObject({
      verdict: 'TIME_ANOMALY',
      fraud_score: 0.5,
    })
    expect(verdict(...times(6, early))).toBe('NORMAL')
    expect(verdict(...times(5, early), { created_at: at('04:00:00') })).toBe('TIME_ANOMALY')
  })
})

test('customers have their own state', () => {
  const abroad = { transaction_location: '{"country":"FR"}' }
  expect(verdict(...times(10), { ...abroad, customer_id: uuid(1) })).toBe('NORMAL')
})

test('a customer without activity for 30 days is new again', () => {
  const abroad = { transaction_location: '{"country":"FR"}' }
  const back = (created_at: string) => verdict(...times(10), { ...abroad, created_at })
  expect(back('2026-12-20T12:00:00.000Z')).toBe('LOCATION_ANOMALY')
  expect(back('2026-12-20T12:00:00.001Z')).toBe('NORMAL')
  // Event time is the partition's, whoever moves it.
  const other = { customer_id: uuid(1), created_at: '2026-12-20T12:00:00.001Z' }
  expect(verdict(...times(10), other, { ...abroad, created_at: '2026-12-20T12:00:00.000Z' })).toBe('NORMAL')
})

describe('STATISTICAL_OUTLIER', () => {
  // Half 40.00 and half 60.00: mean 50.00, deviation 10.00.
  const history = (n: number) => times(n).map((_, i) => ({ amount_usd: i % 2 ? '40.00' : '60.00' }))

  test('is more than three deviations off, on either side, and signed', () => {
    expect(anomaly(...history(30), { amount_usd: '80.00' })).toBeUndefined()
    expect(anomaly(...history(30), { amount_usd: '80.01' })).toEqual({
      transaction_id: uuid(31),
      customer_id: uuid(0xc0),
      anomaly_type: 'STATISTICAL_OUTLIER',
      anomaly_score: 3.001,
      rule_version: 'v7',
      event_time: at('12:00:00.000'),
    })
    expect(anomaly(...history(30), { amount_usd: '20.00' })).toBeUndefined()
    expect(anomaly(...history(30), { amount_usd: '19.00' })).toMatchObject({ anomaly_score: -3.1 })
  })

  test('needs 30 earlier ones', () => {
    expect(anomaly(...history(29), { amount_usd: '500.00' })).toBeUndefined()
    expect(anomaly(...history(30), { amount_usd: '500.00' })).toMatchObject({ anomaly_score: 45 })
  })

  test('needs some deviation', () => {
    expect(anomaly(...times(30, { amount_usd: '50.00' }), { amount_usd: '500.00' })).toBeUndefined()
  })
})

describe('PATTERN_DEVIATION', () => {
  const fuel = { merchant_category: 'FUEL' }

  test('is a category never seen with more than twice the mean', () => {
    expect(anomaly(...times(10), { ...fuel, amount_usd: '22.00' })).toBeUndefined()
    expect(anomaly(...times(10), { ...fuel, amount_usd: '22.01' })).toMatchObject({
      anomaly_type: 'PATTERN_DEVIATION',
      anomaly_score: 0.8,
    })
    expect(anomaly(...times(10), { amount_usd: '22.01' })).toBeUndefined()
  })

  test('needs 10 earlier ones', () => {
    expect(anomaly(...times(9), { ...fuel, amount_usd: '99.00' })).toBeUndefined()
  })

  test('needs a category', () => {
    const without = { merchant_category: null, amount_usd: '99.00' }
    expect(anomaly(...times(10, { merchant_category: null }), without)).toBeUndefined()
    expect(anomaly(...times(10), { ...fuel, merchant_id: null, amount_usd: '99.00' })).toBeUndefined()
  })

  test('an outlier comes first', () => {
    const history = times(30).map((_, i) => ({ amount_usd: i % 2 ? '40.00' : '60.00' }))
    expect(anomaly(...history, { ...fuel, amount_usd: '500.00' })).toMatchObject({
      anomaly_type: 'STATISTICAL_OUTLIER',
    })
  })
})

describe('VELOCITY_ANOMALY', () => {
  const burst = (count: number, time = '12:10:00') => times(count, { created_at: at(time) })

  test('is more than 5 in a minute', () => {
    expect(anomaly({}, ...burst(5))).toBeUndefined()
    expect(anomaly({}, ...burst(6))).toMatchObject({ anomaly_type: 'VELOCITY_ANOMALY', anomaly_score: 0.7 })
  })

  test('is more than five times the rate of the hour', () => {
    // n1 > n60 / 12: with 6 in the minute, 66 before them in the hour make exactly a twelfth.
    expect(anomaly(...times(65), ...burst(6))).toMatchObject({ anomaly_type: 'VELOCITY_ANOMALY' })
    expect(anomaly(...times(66), ...burst(6))).toBeUndefined()
  })

  test('needs a first transaction 10 min old', () => {
    expect(anomaly({}, ...burst(6, '12:09:59.999'))).toBeUndefined()
  })

  test('a minute is one of the clock', () => {
    const around = (seconds: number[]) => seconds.map((second) => ({ created_at: clock(second) }))
    expect(anomaly({}, ...around([659, 660, 661, 662, 663, 664]))).toBeUndefined()
    expect(anomaly({}, ...around([660, 661, 662, 663, 664, 719]))).toMatchObject({ anomaly_type: 'VELOCITY_ANOMALY' })
  })
})
