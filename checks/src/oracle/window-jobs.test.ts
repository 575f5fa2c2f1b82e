import { describe, expect, test } from 'vitest'
import { CONTRACT_RULES as RULES, at, intakeOf, row, uuid } from '../rows.ts'
import { expectedResults } from './recompute.ts'
import { type WindowJobId } from './window-jobs.ts'

/** The only result of a job over rows of one window. */
function resultOf(job: WindowJobId, changes: readonly Record<string, unknown>[]): Readonly<Record<string, unknown>> {
  const rows = changes.map((change, n) => row(n + 1, change))
  const results = [...expectedResults(job, [intakeOf(rows)], RULES)]
  expect(results).toHaveLength(1)
  return results[0]?.value ?? {}
}
const amountsUsd = (...amounts: string[]) => amounts.map((amount_usd) => ({ amount_usd }))

describe('transaction_metrics', () => {
  test('sums every status', () => {
    expect(
      resultOf('transaction_metrics', [
        { amount_usd: '10.00', fee_amount: '0.10', created_at: at('12:00:00') },
        { amount_usd: '0.01', fee_amount: '0.00', status: 'FAILED', created_at: at('12:04:59.999') },
        { amount_usd: '5', fee_amount: '0.2', transaction_type: 'REFUND', created_at: at('12:03:00') },
      ]),
    ).toEqual({
      customer_id: uuid(0xc0),
      window_start: '2026-11-20T12:00:00.000Z',
      window_end: '2026-11-20T12:05:00.000Z',
      transaction_count: 3,
      total_amount: '15.01',
      average_amount: '5.00',
      min_amount: '0.01',
      max_amount: '10.00',
      total_fees: '0.30',
      type_distribution: { PURCHASE: 2, REFUND: 1 },
    })
  })

  test.each([
    [['0.01', '0.00'], '0.01'], // 0.005 up
    [['0.01', '0.00', '0.00'], '0.00'], // 0.0033…
    [['0.01', '0.01', '0.00'], '0.01'], // 0.0066…
    [['90071992547409.91', '90071992547409.90'], '90071992547409.91'], // …90.905, its sum beyond 2^53
  ])('the average of %j is %s, half up', (amounts, average) => {
    expect(resultOf('transaction_metrics', amountsUsd(...amounts))).toMatchObject({ average_amount: average })
  })

  test('a sum beyond the safe range is exact', () => {
    expect(resultOf('transaction_metrics', amountsUsd('90071992547409.91', '90071992547409.90'))).toMatchObject({
      total_amount: '180143985094819.81',
    })
  })
})

describe('customer_behavior', () => {
  test('channels, categories, consistencies and concentration', () => {
    expect(
      resultOf('customer_behavior', [
        { amount_usd: '30.00' },
        { amount_usd: '10.00', merchant_category: 'FUEL', channel: 'PIGEON', device_fingerprint: 'device-2' },
        { amount_usd: '40.00', merchant_id: null, channel: null, device_fingerprint: null },
        { amount_usd: '20.00', merchant_category: '', transaction_location: '{"city":"Rome"}' },
        { amount_usd: '0.00', merchant_category: 'TRAVEL', transaction_location: null },
      ]),
    ).toMatchObject({
      channel_usage: { POS: 3, PIGEON: 1 },
      spending_by_category: { GROCERY: '30.00', FUEL: '10.00', NONE: '60.00' },
      location_consistency: 3 / 4,
      device_consistency: 3 / 4,
      spending_pattern: 0.46,
    })
  })

  test('nothing to divide by is 0', () => {
    const bare = { amount_usd: '0.00', transaction_location: null, device_fingerprint: null }
    expect(resultOf('customer_behavior', [bare])).toMatchObject({
      location_consistency: 0,
      device_consistency: 0,
      spending_pattern: 0,
      spending_by_category: {},
    })
  })
})

describe('risk_analytics', () => {
  test('factors at their bounds and the score', () => {
    expect(
      resultOf('risk_analytics', [
        { amount_usd: '10000.00', risk_level: 'HIGH', compliance_flags: ['HIGH_VALUE', 'HIGH_VALUE', 'ODD'] },
        { amount_usd: '10000.01', risk_level: 'CRITICAL', is_cross_border: true },
        { amount_usd: '1.00', risk_level: 'MEDIUM', transaction_type: 'WIRE_TRANSFER', is_cross_border: 'true' },
        { amount_usd: '1.00' },
      ]),
    ).toMatchObject({
      total_exposure: '20002.01',
      high_risk_transactions: 2,
      compliance_violations: { HIGH_VALUE: 1, ODD: 1 },
      risk_factors: { HIGH_AMOUNT: 1, CROSS_BORDER: 1, WIRE_TRANSFER: 1, HIGH_RISK_LEVEL: 2 },
      risk_score: 40 * (2 / 4) + 30 * (2 / 4) + 20 * (20002.01 / 50_000) + 10 * (4 / 5),
    })
  })

  test('night ends at 6', () => {
    const factors = (time: string) => resultOf('risk_analytics', [{ created_at: at(time) }])['risk_factors']
    expect(factors('05:59:59.999')).toEqual({ NIGHT: 1 })
    expect(factors('06:00:00')).toEqual({})
  })

  test('each part of the score is capped', () => {
    const worst = { amount_usd: '60000.00', risk_level: 'HIGH', compliance_flags: ['A', 'B'], is_cross_border: true }
    expect(
      resultOf('risk_analytics', [{ ...worst, transaction_type: 'WIRE_TRANSFER', created_at: at('00:00:00') }]),
    ).toMatchObject({ risk_score: 100 })
  })
})

test('dashboard_metrics', () => {
  expect(
    resultOf('dashboard_metrics', [
      { amount_usd: '1.00' },
      { amount_usd: '2.01', status: 'DECLINED', risk_level: 'HIGH', customer_id: uuid(7) },
    ]),
  ).toEqual({
    transaction_type: 'PURCHASE',
    window_start: '2026-11-20T12:00:00.000Z',
    window_end: '2026-11-20T12:01:00.000Z',
    transaction_count: 2,
    total_volume: '3.01',
    average_transaction_value: '1.51',
    total_fees: '0.20',
    success_rate: 0.5,
    status_distribution: { COMPLETED: 1, DECLINED: 1 },
    risk_distribution: { LOW: 1, HIGH: 1 },
  })
})

test('geographic_analysis counts what has a country', () => {
  expect(
    resultOf('geographic_analysis', [
      { amount_usd: '1.00' },
      { amount_usd: '2.00', transaction_location: '{"country":"DE"}', currency: '', merchant_category: 'FUEL' },
      { amount_usd: '4.00', transaction_location: '{"city":"Berlin"}' },
      { amount_usd: '8.00', merchant_id: null, currency: 'USD' },
      { amount_usd: '0.00', transaction_location: { country: 'DE', city: 'Bonn' } },
    ]),
  ).toMatchObject({
    country: 'DE',
    transaction_count: 4,
    total_amount: '11.00',
    city_distribution: { Berlin: 2, Bonn: 1 },
    spending_by_city: { Berlin: '9.00' },
    merchant_distribution: { GROCERY: 2, FUEL: 1 },
    currencies: { EUR: 2, USD: 1 },
  })
})

describe('merchant_analysis', () => {
  test('revenue over COMPLETED, the rest over all', () => {
    expect(
      resultOf('merchant_analysis', [
        { amount_usd: '49.99' },
        { amount_usd: '50.00' },
        { amount_usd: '199.99', status: 'PENDING', customer_id: uuid(7) },
        { amount_usd: '200.00', status: 'FAILED', merchant_category: null, transaction_location: null },
        { amount_usd: '1000.00', status: 'DECLINED', customer_id: uuid(8) },
        { amount_usd: '10000.00', status: 'DECLINED', customer_id: uuid(8) },
        { merchant_id: null },
      ]),
    ).toMatchObject({
      merchant_id: uuid(0xe0),
      transaction_count: 6,
      total_revenue: '99.99',
      average_transaction_value: '50.00',
      unique_customers: 3,
      customer_retention: 2 / 3,
      customer_distribution: { [uuid(0xc0)]: 3, [uuid(7)]: 1, [uuid(8)]: 2 },
      amount_distribution: {
        '0-50': '49.99',
        '50-200': '249.99',
        '200-1000': '200.00',
        '1000-10000': '1000.00',
        '10000+': '10000.00',
      },
      locations: { Berlin: 5 },
    })
  })

  test('no COMPLETED one, no average', () => {
    expect(resultOf('merchant_analysis', [{ status: 'FAILED' }])).toMatchObject({
      total_revenue: '0.00',
      average_transaction_value: null,
    })
  })

  test('the 20 largest customers, ties by id', () => {
    const customers = Array.from({ length: 22 }, (_, n) => ({ customer_id: uuid(0x100 + n) }))
    const again = [{ customer_id: uuid(0x100 + 21) }]
    const result = resultOf('merchant_analysis', [...customers, ...again])
    expect(result).toMatchObject({ unique_customers: 22, customer_retention: 1 / 22 })
    const kept = [uuid(0x100 + 21), ...Array.from({ length: 19 }, (_, n) => uuid(0x100 + n))]
    expect(Object.keys(result['customer_distribution'] as object).sort()).toEqual(kept.sort())
  })
})

test.each([
  ['08:59:59.999', []],
  ['09:00:00', ['MORNING_PEAK']],
  ['11:59:59.999', ['MORNING_PEAK']],
  ['12:00:00', ['LUNCH_PEAK']],
  ['14:00:00', ['LUNCH_PEAK']],
  ['15:00:00', []],
  ['17:00:00', ['EVENING_PEAK']],
  ['19:59:59', ['EVENING_PEAK']],
  ['20:00:00', []],
])('time_pattern at %s has the peaks %j', (time, peaks) => {
  const hour = Number(time.slice(0, 2))
  expect(resultOf('time_pattern', [{ created_at: at(time) }])).toEqual({
    hour,
    window_start: at(`${time.slice(0, 2)}:00:00.000`),
    window_end: at(`${String(hour + 1).padStart(2, '0')}:00:00.000`),
    transaction_count: 1,
    transaction_type_distribution: { PURCHASE: 1 },
    spending_by_type: { PURCHASE: '11.00' },
    active_customers: 1,
    customer_activity: { [uuid(0xc0)]: 1 },
    peak_periods: peaks,
  })
})

describe('compliance_monitoring', () => {
  test('flags, each once a transaction', () => {
    expect(
      resultOf('compliance_monitoring', [
        { amount_usd: '1.00', compliance_flags: ['HIGH_VALUE', 'HIGH_RISK', 'HIGH_VALUE'] },
        { amount_usd: '2.00', risk_level: 'CRITICAL' },
        { amount_usd: '4.00', compliance_flags: ['STRANGE'] },
      ]),
    ).toMatchObject({
      violation_types: { HIGH_VALUE: 1, HIGH_RISK: 1, STRANGE: 1 },
      flagged_transactions: [uuid(1), uuid(3)],
      flagged_count: 2,
      total_violation_amount: '5.00',
      risk_level_distribution: { LOW: 2, CRITICAL: 1 },
      compliance_score: 1 - 3 / 30,
      requires_review: false,
    })
  })

  test.each([
    [['STRUCTURING_SUSPECTED'], 0.7, false], // exactly 0.7: no review
    [['SANCTIONS_CHECK_REQUIRED'], 0.6, true],
    [['SANCTIONS_CHECK_REQUIRED', 'STRUCTURING_SUSPECTED', 'HIGH_RISK', 'HIGH_VALUE'], 0, true],
    [[], 1, false],
  ])('%j scores %d', (compliance_flags, score, review) => {
    const result = resultOf('compliance_monitoring', [{ compliance_flags }])
    expect(result).toMatchObject({ compliance_score: score, requires_review: review })
  })

  test('the first 100 flagged ids in partition order', () => {
    const flagged = Array.from({ length: 101 }, (_, n) => ({
      compliance_flags: ['X'],
      created_at: at(n === 0 ? '12:10:00' : '12:09:00'),
    }))
    const result = resultOf('compliance_monitoring', flagged)
    expect(result).toMatchObject({ flagged_count: 101 })
    expect(result['flagged_transactions']).toEqual(Array.from({ length: 100 }, (_, n) => uuid(n + 1)))
  })
})
