import { describe, expect, test } from 'vitest'
import { CONTRACT_RULES as RULES, at, intakeOf, row, uuid } from '../rows.ts'
import { expectedDeadLetters, expectedLate, expectedResults, type Expected } from './recompute.ts'

const timed = (n: number, time: string, changes: Record<string, unknown> = {}) =>
  row(n, { created_at: at(time), ...changes })
const counts = (results: Iterable<Expected>) =>
  [...results].map(({ value, required }) => [value['window_start'], value['transaction_count'], required])

test('a window is half open and aligned to the epoch', () => {
  const intake = intakeOf([timed(1, '12:04:59.999'), timed(2, '12:05:00')])
  expect(counts(expectedResults('transaction_metrics', [intake], RULES))).toEqual([
    [at('12:00:00.000'), 1, false],
    [at('12:05:00.000'), 1, false],
  ])
})

test('windows before 1970 are aligned, too', () => {
  const intake = intakeOf([row(1, { created_at: '1969-12-31T23:59:59.999Z' })])
  expect([...expectedResults('time_pattern', [intake], RULES)].map(({ key }) => key)).toEqual([
    '{"hour":23,"window_start":"1969-12-31T23:00:00.000Z"}',
  ])
})

test('keys are the key fields in order', () => {
  const intake = intakeOf([timed(1, '12:34:56')])
  const keyOf = (job: Parameters<typeof expectedResults>[0]) => [...expectedResults(job, [intake], RULES)][0]?.key
  expect(keyOf('fraud_detection')).toBe(`{"transaction_id":"${uuid(1)}"}`)
  expect(keyOf('risk_analytics')).toBe(`{"customer_id":"${uuid(0xc0)}","window_start":"${at('12:30:00.000')}"}`)
  expect(keyOf('dashboard_metrics')).toBe(`{"transaction_type":"PURCHASE","window_start":"${at('12:34:00.000')}"}`)
  expect(keyOf('geographic_analysis')).toBe(`{"country":"DE","window_start":"${at('12:30:00.000')}"}`)
  expect(keyOf('merchant_analysis')).toBe(`{"merchant_id":"${uuid(0xe0)}","window_start":"${at('12:30:00.000')}"}`)
  expect(keyOf('time_pattern')).toBe(`{"hour":12,"window_start":"${at('12:00:00.000')}"}`)
})

test('a window closes when the watermark reaches its end, and what follows is late for it', () => {
  const open = intakeOf([timed(1, '12:00:00'), timed(2, '12:05:04.999'), timed(3, '12:04:00')])
  expect(counts(expectedResults('transaction_metrics', [open], RULES))[0]).toEqual([at('12:00:00.000'), 2, false])

  const closed = intakeOf([timed(1, '12:00:00'), timed(2, '12:05:05'), timed(3, '12:04:00')])
  expect(counts(expectedResults('transaction_metrics', [closed], RULES))[0]).toEqual([at('12:00:00.000'), 1, true])
  expect([...expectedLate([closed])].filter(({ value }) => value['job'] === 'transaction_metrics')).toEqual([
    {
      key: `{"transaction_id":"${uuid(3)}"}`,
      value: {
        transaction_id: uuid(3),
        job: 'transaction_metrics',
        key: { customer_id: uuid(0xc0) },
        window_start: at('12:00:00.000'),
        window_end: at('12:05:00.000'),
        event_time: at('12:04:00.000'),
        lateness_ms: 0,
        reason: 'window_closed',
      },
      required: true,
    },
  ])
})

test('a record late for one job counts in the others and is judged', () => {
  const intake = intakeOf([timed(1, '12:00:00'), timed(2, '12:06:00'), timed(3, '12:04:00')])
  expect([...expectedLate([intake])].map(({ value }) => [value['job'], value['lateness_ms']])).toEqual([
    ['transaction_metrics', 55_000],
    ['dashboard_metrics', 55_000],
    ['geographic_analysis', 55_000],
  ])
  expect(counts(expectedResults('risk_analytics', [intake], RULES))).toEqual([[at('12:00:00.000'), 3, false]])
  expect([...expectedResults('fraud_detection', [intake], RULES)]).toHaveLength(3)
})

test('a record beyond the horizon is late once, for every job', () => {
  const intake = intakeOf([timed(1, '12:30:00'), timed(2, '12:00:00')])
  expect([...expectedLate([intake])].map(({ value }) => value)).toEqual([
    {
      transaction_id: uuid(2),
      job: '*',
      key: null,
      window_start: null,
      window_end: null,
      event_time: at('12:00:00.000'),
      lateness_ms: 900_000,
      reason: 'beyond_horizon',
    },
  ])
  expect([...expectedResults('fraud_detection', [intake], RULES)]).toHaveLength(1)
})

test('an idle step closes a window for what follows', () => {
  const steps = [{ offset: 1, watermarkMs: Date.parse(at('12:05:00')) }]
  const intake = intakeOf([timed(1, '12:04:00'), timed(2, '12:04:30')], 0, steps)
  expect(counts(expectedResults('transaction_metrics', [intake], RULES))).toEqual([[at('12:00:00.000'), 1, true]])
  expect([...expectedLate([intake])].map(({ value }) => [value['job'], value['lateness_ms']])).toEqual([
    ['transaction_metrics', 0],
    ['dashboard_metrics', 0],
    ['geographic_analysis', 0],
  ])
})

describe('over several partitions', () => {
  const mine = { customer_id: uuid(1) }
  const yours = { customer_id: uuid(2) }

  test('a shared window merges what each partition counted', () => {
    const intakes = [
      intakeOf([timed(1, '12:00:00', mine), timed(2, '12:20:00', mine)], 0),
      intakeOf([timed(3, '12:09:00', yours), timed(4, '12:09:30', yours), timed(5, '12:20:00', yours)], 1),
    ]
    const [first] = [...expectedResults('merchant_analysis', intakes, RULES)]
    expect(first?.value).toMatchObject({
      transaction_count: 3,
      unique_customers: 2,
      customer_retention: 0.5,
      customer_distribution: { [uuid(1)]: 1, [uuid(2)]: 2 },
    })
    expect(first?.required).toBe(true)
  })

  test('lateness is judged in the record’s own partition', () => {
    const intakes = [
      intakeOf([timed(1, '12:30:00', mine)], 0),
      intakeOf([timed(2, '12:00:00', yours), timed(3, '12:00:10', yours)], 1),
    ]
    expect([...expectedLate(intakes)]).toEqual([])
    expect(counts(expectedResults('dashboard_metrics', intakes, RULES))).toEqual([
      [at('12:30:00.000'), 1, false],
      [at('12:00:00.000'), 2, false],
    ])
  })

  test('a shared window must be there when the slowest counting partition has passed it', () => {
    const behind = intakeOf([timed(2, '12:10:04.999', yours)], 1)
    const past = intakeOf([timed(2, '12:10:05', yours)], 1)
    const silent = intakeOf(['{', null], 2)
    const fast = intakeOf([timed(1, '12:00:00', mine), timed(3, '12:30:00', mine)], 0)
    const first = (intakes: (typeof fast)[]) => counts(expectedResults('merchant_analysis', intakes, RULES))[0]
    expect(first([fast, behind, silent])).toEqual([at('12:00:00.000'), 1, false])
    expect(first([fast, past, silent])).toEqual([at('12:00:00.000'), 1, true])
  })

  test('a customer’s window waits for its own partition only', () => {
    const fast = intakeOf([timed(1, '12:00:00', mine), timed(3, '12:30:00', mine)], 0)
    const slow = intakeOf([timed(2, '12:00:00', yours)], 1)
    expect(counts(expectedResults('transaction_metrics', [fast, slow], RULES))).toEqual([
      [at('12:00:00.000'), 1, true],
      [at('12:30:00.000'), 1, false],
      [at('12:00:00.000'), 1, false],
    ])
  })
})

test('a dead letter tells where the record is and what it was', () => {
  const intake = intakeOf([timed(1, '12:00:00'), '{"oops"'], 3)
  expect([...expectedDeadLetters([intake])]).toEqual([
    {
      key: 'fintech.transactions/3/1',
      value: {
        topic: 'fintech.transactions',
        partition: 3,
        offset: 1,
        timestamp: '2030-01-01T00:00:00.000Z',
        key_base64: Buffer.from('{}').toString('base64'),
        value_base64: Buffer.from('{"oops"').toString('base64'),
        value_bytes: 7,
        reason: new Set(['not_json']),
      },
      required: true,
    },
  ])
})
