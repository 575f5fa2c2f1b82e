import { OLD_KEY_HEADER, type TransactionRow } from '@fintech-streams/contracts'
import { buildRow, id } from '@fintech-streams/testing'
import { expect, test } from 'vitest'
import { decodeVerdictRecord, transactionJudge } from './decode.ts'
import { RAW_TABLES } from './tables.ts'

const AT = { partition: 3, offset: 7 }
const judge = transactionJudge({ currencies: new Set(['EUR']), earliestMs: 0 })
const decode = (row: Partial<TransactionRow> | string, headers?: ReadonlyMap<string, null>) =>
  judge(
    { value: Buffer.from(typeof row === 'string' ? row : JSON.stringify(buildRow(row))), timestampMs: 0, headers },
    AT,
  )
const deep = (name: string): string =>
  JSON.stringify({ ...buildRow(), [name]: 0 }).replace(
    `"${name}":0`,
    `"${name}":${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  )

test('a good row has the columns of its table, in their order and in the lake’s own forms', () => {
  const decoded = decode({
    to_account_id: id(5).toUpperCase(),
    amount: '36.00000',
    amount_usd: '40.1',
    compliance_flags: ['HIGH_VALUE', 'HIGH_RISK'],
    created_at: '2026-11-20T13:31:00.5Z',
  })
  expect(decoded).toMatchObject({ kind: 'good', date: '2026-11-20' })
  const row = decoded.kind === 'good' ? decoded.row : {}
  expect(row).toMatchObject({
    to_account_id: id(5),
    amount: '36.00',
    amount_usd: '40.10',
    country: 'DE',
    city: 'Berlin',
    compliance_flags: 'HIGH_RISK,HIGH_VALUE',
    created_at: '2026-11-20T13:31:00.500Z',
    kafka_partition: 3,
    kafka_offset: 7,
  })
  expect(Object.keys(row)).toEqual(Object.keys(RAW_TABLES.transactions))
})

test('a row whose customer was merged into another is in the lake once', () => {
  expect(decode({ customer_id: id(9) }, new Map([[OLD_KEY_HEADER, null]]))).toEqual({
    kind: 'ignored',
    change: 'moved',
  })
})

test.each(['transaction_id', 'to_account_id', 'original_transaction_id', 'amount', 'fx_rate', 'risk_score', '__op'])(
  'a row whose %s is nested without end is quarantined, in a short sentence',
  (name) => {
    const decoded = decode(deep(name))
    expect(decoded.kind).toBe('quarantined')
    expect(decoded.kind === 'quarantined' && decoded.detail.length).toBeLessThan(200)
  },
)

test('so is a verdict', () => {
  const value = deep('evidence')
  expect(decodeVerdictRecord(Buffer.from(value), AT)).toMatchObject({ kind: 'quarantined' })
  expect(
    decodeVerdictRecord(Buffer.from(value.replace('"transaction_id"', '"event_time":"2026-11-20","x"')), AT),
  ).toMatchObject({
    kind: 'quarantined',
  })
})
