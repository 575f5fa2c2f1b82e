import { describe, expect, test } from 'vitest'
import { record, row, uuid } from '../rows.ts'
import { decode } from './decode.ts'
import { type OracleTransaction } from './source.ts'

const transactionOf = (changes: Record<string, unknown>): OracleTransaction => {
  const decoded = decode(record(0, row(1, changes)))
  if (decoded.kind !== 'transaction') throw new Error(`not a transaction: ${JSON.stringify(decoded)}`)
  return decoded.transaction
}
const reasonsOf = (value: Parameters<typeof record>[1]): string[] => {
  const decoded = decode(record(0, value))
  return decoded.kind === 'malformed' ? [...decoded.reasons] : [decoded.kind]
}

test('a good row', () => {
  expect(transactionOf({})).toEqual({
    transactionId: uuid(1),
    customerId: uuid(0xc0),
    accountId: uuid(0xa0),
    merchantId: uuid(0xe0),
    category: 'GROCERY',
    type: 'PURCHASE',
    status: 'COMPLETED',
    riskLevel: 'LOW',
    amountMinor: 1100n,
    feeMinor: 10n,
    currency: 'EUR',
    channel: 'POS',
    country: 'DE',
    city: 'Berlin',
    device: 'device-1',
    isCrossBorder: false,
    flags: [],
    eventTimeMs: Date.UTC(2026, 10, 20, 12),
    changedAtMs: Date.UTC(2030, 0, 1),
  })
})

test.each([
  ['tombstone', null, 'tombstone'],
  ['update', row(1, { __op: 'u' }), 'update'],
  ['delete with all columns null', { __op: 'd', __deleted: 'true', transaction_id: null }, 'delete'],
  ['update that is malformed otherwise', row(1, { __op: 'u', amount_usd: 'x' }), 'update'],
])('ignored: %s', (_, value, change) => {
  expect(decode(record(0, value))).toEqual({ kind: 'ignored', change })
})

describe('malformed', () => {
  const cases: [string, Parameters<typeof record>[1], string][] = [
    ['broken JSON', '{"transaction_id":', 'not_json'],
    ['no bytes', '', 'not_json'],
    ['a JSON null', 'null', 'not_an_object'],
    ['an array', '[{}]', 'not_an_object'],
    ['a number', '42', 'not_an_object'],
    ['a snapshot marker', row(1, { __op: 'm' }), 'unknown_op'],
    ['no __op', row(1, { __op: undefined }), 'unknown_op'],
    ...[
      'transaction_id',
      'customer_id',
      'created_at',
      'amount_usd',
      'fee_amount',
      'status',
      'transaction_type',
      'risk_level',
    ].flatMap((name): typeof cases => [
      [`${name} null`, row(1, { [name]: null }), 'missing_field'],
      [`${name} absent`, row(1, { [name]: undefined }), 'missing_field'],
    ]),
    ['a short UUID', row(1, { transaction_id: '1234' }), 'bad_uuid'],
    ['a numeric UUID', row(1, { customer_id: 7 }), 'bad_uuid'],
    ['an empty account UUID', row(1, { account_id: '' }), 'bad_uuid'],
    ['a bad merchant UUID', row(1, { merchant_id: 'shop' }), 'bad_uuid'],
    ['a time without Z', row(1, { created_at: '2026-11-20T12:00:00.000' }), 'bad_time'],
    ['a time with an offset', row(1, { created_at: '2026-11-20T12:00:00+00:00' }), 'bad_time'],
    ['a day that February lacks', row(1, { created_at: '2026-02-29T12:00:00Z' }), 'bad_time'],
    ['hour 24', row(1, { created_at: '2026-11-20T24:00:00Z' }), 'bad_time'],
    ['second 60', row(1, { created_at: '2026-11-20T23:59:60Z' }), 'bad_time'],
    ['ten digits of a fraction', row(1, { created_at: '2026-11-20T12:00:00.0123456789Z' }), 'bad_time'],
    ['epoch milliseconds', row(1, { created_at: 1_795_176_000_000 }), 'bad_time'],
    ['an amount that is a number', row(1, { amount_usd: 11 }), 'bad_decimal'],
    ['an amount that is no number', row(1, { amount_usd: '1e3' }), 'bad_decimal'],
    ['an amount with a bare point', row(1, { amount_usd: '11.' }), 'bad_decimal'],
    ['an empty amount', row(1, { amount_usd: '' }), 'bad_decimal'],
    ['three digits of a fraction', row(1, { amount_usd: '1.001' }), 'too_many_digits'],
    ['a digit far behind the cent', row(1, { amount_usd: '1.0000001' }), 'too_many_digits'],
    ['a zero that is none', row(1, { amount_usd: '1.00o' }), 'bad_decimal'],
    ['flags within flags', row(1, { compliance_flags: ['HIGH_RISK', ['HIGH_VALUE']] }), 'bad_flags'],
    ['one cent beyond the safe range', row(1, { amount_usd: '90071992547409.92' }), 'out_of_range'],
    ['a negative amount', row(1, { amount_usd: '-0.01' }), 'negative_amount'],
    ['a negative fee', row(1, { fee_amount: '-1' }), 'negative_amount'],
    ['an unknown type', row(1, { transaction_type: 'GIFT' }), 'unknown_value'],
    ['an unknown status', row(1, { status: 'completed' }), 'unknown_value'],
    ['an unknown level', row(1, { risk_level: 1 }), 'unknown_value'],
  ]
  test.each(cases)('%s', (_, value, reason) => {
    expect(reasonsOf(value)).toEqual([reason])
  })

  test('an event time more than 60 s after its change', () => {
    const changedAt = Date.UTC(2026, 10, 20, 11, 59)
    expect(reasonsOf(row(1, { __source_ts_ms: changedAt }))).toEqual(['transaction'])
    expect(reasonsOf(row(1, { __source_ts_ms: changedAt - 1 }))).toEqual(['event_time_in_future'])
  })

  test('the record time stands in for a missing change time', () => {
    const late = { ...record(0, row(1, { __source_ts_ms: undefined })), timestampMs: Date.UTC(2026, 10, 20, 11, 58) }
    const text = { ...record(0, row(1, { __source_ts_ms: '9999999999999' })), timestampMs: late.timestampMs }
    for (const stamped of [late, text]) {
      expect(decode(stamped)).toEqual({ kind: 'malformed', reasons: new Set(['event_time_in_future']) })
    }
  })

  test('every reason that applies is given', () => {
    expect(reasonsOf(row(1, { amount_usd: '-1.234', status: null })).sort()).toEqual([
      'missing_field',
      'negative_amount',
      'too_many_digits',
    ])
  })
})

describe('a created row that had another key before', () => {
  const headers = new Map([['__debezium.oldkey', null]])
  test.each([
    ['is moved, whatever is in it', row(1, { amount_usd: 'x' }), 'moved'],
    ['is an update where its op says so', row(1, { __op: 'u' }), 'update'],
    ['is a delete where its op says so', row(1, { __op: 'd' }), 'delete'],
  ])('%s', (_, value, change) => {
    expect(decode({ ...record(0, value), headers })).toEqual({ kind: 'ignored', change })
  })

  test('is a row of the snapshot where its op says so, and malformed where it is no JSON', () => {
    expect(decode({ ...record(0, row(1, { __op: 'r' })), headers }).kind).toBe('transaction')
    expect(decode({ ...record(0, '{'), headers }).kind).toBe('malformed')
  })
})

describe('not malformed', () => {
  test.each([
    ['upper-case UUIDs', { customer_id: uuid(0xabc).toUpperCase() }, { customerId: uuid(0xabc) }],
    ['no account', { account_id: null }, { accountId: null }],
    ['no merchant, so no category', { merchant_id: null }, { merchantId: null, category: null }],
    ['a merchant without category', { merchant_category: null }, { category: null, merchantId: uuid(0xe0) }],
    ['zeros behind the cent', { amount_usd: '36.00000', fee_amount: '0.1000' }, { amountMinor: 3600n, feeMinor: 10n }],
    ['minus nothing', { amount_usd: '-0.00' }, { amountMinor: 0n }],
    ['whole and tenths', { amount_usd: '7', fee_amount: '0.5' }, { amountMinor: 700n, feeMinor: 50n }],
    ['a change time that is no whole number', { __source_ts_ms: 1.5 }, { changedAtMs: Date.UTC(2030, 0, 1) }],
    ['the largest safe amount', { amount_usd: '90071992547409.91' }, { amountMinor: 9007199254740991n }],
    ['an unknown channel', { channel: 'PIGEON' }, { channel: 'PIGEON' }],
    [
      'empty texts',
      { channel: '', currency: '', device_fingerprint: '' },
      { channel: null, currency: null, device: null },
    ],
    [
      'texts of another type',
      { channel: 5, currency: {}, device_fingerprint: [] },
      { channel: null, currency: null, device: null },
    ],
    ['an unreadable location', { transaction_location: '{"country"' }, { country: null, city: null }],
    [
      'a location that is an object',
      { transaction_location: { country: 'FR', city: '' } },
      { country: 'FR', city: null },
    ],
    ['a city without a country', { transaction_location: '{"city":"Rome"}' }, { country: null, city: 'Rome' }],
    ['a location that is a text in JSON', { transaction_location: '"DE"' }, { country: null, city: null }],
    ['cross border as a text', { is_cross_border: 'true' }, { isCrossBorder: false }],
    ['flags with junk and repeats', { compliance_flags: ['A', '', 3, null, 'A', 'B'] }, { flags: ['A', 'B'] }],
    ['flags as a text', { compliance_flags: '{A,B}' }, { flags: [] }],
    [
      'a time without a fraction',
      { created_at: '2026-11-20T12:00:01Z' },
      { eventTimeMs: Date.UTC(2026, 10, 20, 12, 0, 1) },
    ],
    [
      'nanoseconds, cut',
      { created_at: '2026-11-20T12:00:00.123999999Z' },
      { eventTimeMs: Date.UTC(2026, 10, 20, 12, 0, 0, 123) },
    ],
    ['a year of the first century', { created_at: '0099-01-01T00:00:00Z' }, { eventTimeMs: -59_042_995_200_000 }],
    ['a leap day', { created_at: '2024-02-29T00:00:00Z' }, { eventTimeMs: Date.UTC(2024, 1, 29) }],
    ['a column nobody knows', { extra: 1 }, { amountMinor: 1100n }],
    ['columns no job reads', { amount: undefined, risk_score: 'x', mcc: 1 }, { amountMinor: 1100n }],
  ])('%s', (_, changes, fields) => {
    expect(transactionOf(changes)).toMatchObject(fields)
  })
})
