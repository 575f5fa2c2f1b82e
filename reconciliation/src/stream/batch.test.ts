import { formatInstant, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { buildRow, BASE_TIME_MS, id } from '@fintech-streams/testing'
import { expect, test } from 'vitest'
import { VERDICTS_TOPIC } from '../lake/topics.ts'
import { IndexBatch } from './batch.ts'

const record = (value: string | Record<string, unknown> | null, timestampMs = BASE_TIME_MS) => ({
  offset: 0,
  timestampMs,
  key: null,
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

function batchOf(values: (string | Record<string, unknown> | null)[], changed: readonly number[] = []): IndexBatch {
  const batch = new IndexBatch((partition) => changed.includes(partition))
  batch.add({ topic: TRANSACTIONS_TOPIC, partition: 0, records: values.map((value) => record(value)) })
  return batch
}

const transaction = (n: number, changes: Record<string, unknown> = {}) => ({
  ...buildRow({ transaction_id: id(n) }),
  ...changes,
})

test('a transaction is of the minute of its commit, whatever its event time, and comes once', () => {
  const imported = transaction(1, { created_at: '2020-01-01T00:00:00.000Z', __source_ts_ms: BASE_TIME_MS - 1_500 })
  const batch = batchOf([imported, imported, transaction(2, { __op: 'u' }), transaction(3, { __op: 'd' }), null])
  expect(batch.transactions).toEqual([
    {
      transaction_id: id(1),
      committed_at: formatInstant(BASE_TIME_MS - 1_500),
      event_time: '2020-01-01T00:00:00.000Z',
      status: 'COMPLETED',
      latency_ms: 1_500,
      origin: 'change',
    },
  ])
})

test('rows of a snapshot are of the first one only as long as no change has come in their partition', () => {
  const rows = [transaction(1, { __op: 'r' }), transaction(2), transaction(3, { __op: 'r' })]
  const first = batchOf(rows)
  expect(first.transactions.map(({ origin }) => origin)).toEqual(['first_snapshot', 'change', 'snapshot'])
  expect([...first.changed]).toEqual([0])
  const later = batchOf(rows, [0])
  expect(later.transactions.map(({ origin }) => origin)).toEqual(['snapshot', 'change', 'snapshot'])
  expect(later.changed.size).toBe(0)
})

test.each([
  ['no JSON', 'x'],
  ['one that is too deep', `{"__op":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
])('a record that cannot be read is counted: %s', (_, value) => {
  const batch = batchOf([value, transaction(2)])
  expect(batch.minutes).toEqual([{ minute: '2026-11-20T13:31:00.000Z', malformed_count: 1, verdict_count: 0 }])
  expect(batch.transactions).toHaveLength(1)
})

test('verdicts are counted, and those other than NORMAL kept, the last one of each transaction', () => {
  const verdict = (n: number, name: string) =>
    record({
      transaction_id: id(n),
      customer_id: id(100),
      account_id: null,
      amount_usd: '1.00',
      verdict: name,
      fraud_score: 0.5,
      evidence: {},
      rule_version: '1',
      event_time: formatInstant(BASE_TIME_MS),
    })
  const batch = new IndexBatch(() => true)
  const records = [verdict(1, 'NORMAL'), verdict(2, 'HIGH_AMOUNT'), verdict(2, 'TIME_ANOMALY')]
  batch.add({ topic: VERDICTS_TOPIC, partition: 0, records })
  expect(batch.minutes).toMatchObject([{ malformed_count: 0, verdict_count: 3 }])
  expect(batch.suspicious).toMatchObject([{ transaction_id: id(2), verdict: 'TIME_ANOMALY' }])
})
