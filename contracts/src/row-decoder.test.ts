import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedRecord } from './malformed.ts'
import { decodeCompletely, OLD_KEY_HEADER, rowDecoder, transactionDecoder } from './row-decoder.ts'
import { RowScanner } from './row-scanner.ts'
import { readTransaction, TRANSACTION_COLUMNS } from './transaction-row.ts'

const AT_MS = Date.UTC(2026, 10, 20, 13, 31)

const row = {
  transaction_id: '0a1b2c3d-0000-4000-8000-000000000001',
  customer_id: '0a1b2c3d-0000-4000-8000-000000000002',
  account_id: '0a1b2c3d-0000-4000-8000-000000000003',
  to_account_id: null,
  merchant_id: '0a1b2c3d-0000-4000-8000-000000000004',
  transaction_type: 'PURCHASE',
  amount: '12.30',
  currency: 'EUR',
  fx_rate: '1.10000000',
  amount_usd: '13.53',
  fee_amount: '0.10',
  status: 'COMPLETED',
  channel: 'POS',
  merchant_category: 'GROCERY',
  mcc: '5411',
  transaction_location: '{"country":"DE","city":"Köln","lat":50.9,"lon":6.9}',
  is_cross_border: true,
  device_fingerprint: 'f-1',
  risk_level: 'HIGH',
  compliance_flags: ['HIGH_VALUE', 'HIGH_RISK'],
  created_at: '2026-11-20T13:31:00.123Z',
  __deleted: 'false',
  __op: 'c',
  __source_lsn: 123456789,
  __source_ts_ms: AT_MS + 500,
}

const text = (changes: Record<string, unknown> = {}): string => JSON.stringify({ ...row, ...changes })
const scanner = new RowScanner(TRANSACTION_COLUMNS)
const scan = (value: string) => scanner.read(Buffer.from(value), AT_MS, readTransaction)
const decoder = transactionDecoder()
const decode = (value: string) => decoder({ value: Buffer.from(value), timestampMs: AT_MS })

function outcome(value: string): unknown {
  try {
    return decodeCompletely(Buffer.from(value), AT_MS, false, readTransaction)
  } catch (error) {
    if (!(error instanceof MalformedRecord)) throw error
    return { reason: error.reason, detail: error.message }
  }
}

describe('a good row', () => {
  it('is read whole, the fast way', () => {
    expect(scan(text())).toEqual({
      transactionId: row.transaction_id,
      customerId: row.customer_id,
      accountId: row.account_id,
      merchantId: row.merchant_id,
      merchantCategory: 'GROCERY',
      type: 'PURCHASE',
      status: 'COMPLETED',
      riskLevel: 'HIGH',
      amountUsdMinor: 1353,
      feeMinor: 10,
      currency: 'EUR',
      channel: 'POS',
      country: 'DE',
      city: 'Köln',
      deviceFingerprint: 'f-1',
      isCrossBorder: true,
      complianceFlags: ['HIGH_VALUE', 'HIGH_RISK'],
      eventTimeMs: AT_MS + 123,
      changedAtMs: AT_MS + 500,
    })
  })

  it.each([
    ['no merchant has no category', { merchant_id: null }, { merchantId: undefined, merchantCategory: undefined }],
    ['an unknown channel counts', { channel: 'CARRIER_PIGEON' }, { channel: 'CARRIER_PIGEON' }],
    ['an unreadable location is none', { transaction_location: 'Cologne' }, { country: undefined, city: undefined }],
    ['a location may be an object', { transaction_location: { country: 'FR' } }, { country: 'FR', city: undefined }],
    ['flags count once', { compliance_flags: ['A', 'A', '', 7] }, { complianceFlags: ['A'] }],
    ['no flags', { compliance_flags: null }, { complianceFlags: [] }],
    [
      'ids in capitals are the same ids',
      { customer_id: row.customer_id.toUpperCase() },
      { customerId: row.customer_id },
    ],
    ['extra fields do not matter', { added_later: { any: ['thing'] } }, { amountUsdMinor: 1353 }],
  ])('%s', (_what, changes, expected) => {
    expect(decode(text(changes))).toMatchObject(expected)
  })

  it.each([undefined, null, '1', 1.5, 1e300, {}])('with %j as change time is held against the record time', (time) => {
    expect(decode(text({ __source_ts_ms: time }))).toMatchObject({ changedAtMs: AT_MS })
  })

  it.each([
    ['13.53000', 1353],
    ['13.5300000000000000000000', 1353],
    ['7.10', 710],
    ['36.00000', 3600],
    ['0.0', 0],
  ])('may have zeros beyond the cent: %s', (written, amountUsdMinor) => {
    expect(decode(text({ amount_usd: written }))).toMatchObject({ amountUsdMinor })
  })
})

describe('what is no creation', () => {
  it.each([
    ['u', 'update'],
    ['d', 'delete'],
  ])('op %s is an %s, whatever else is in it', (op, kind) => {
    expect(decode(JSON.stringify({ __op: op, customer_id: 5 }))).toBe(kind)
  })

  it('a record without a value is a tombstone', () => {
    expect(decoder({ value: null, timestampMs: AT_MS })).toBe('tombstone')
  })

  it.each([text(), text({ amount_usd: null }), text({}).replace('{', '{ ')])(
    'a create under another key than before is a move, whatever else is in it: %s',
    (value) => {
      const headers = new Map([[OLD_KEY_HEADER, Buffer.from('{"customer_id":"1"}')]])
      expect(decoder({ value: Buffer.from(value), timestampMs: AT_MS, headers })).toBe('moved')
    },
  )

  it('other headers do not make a move', () => {
    const headers = new Map([['replayed-from', null]])
    expect(decoder({ value: Buffer.from(text()), timestampMs: AT_MS, headers })).toMatchObject({ amountUsdMinor: 1353 })
  })

  it.each([
    ['u', 'update'],
    ['d', 'delete'],
  ])('op %s with the header of a move is still an %s', (op, kind) => {
    const headers = new Map([[OLD_KEY_HEADER, null]])
    expect(decoder({ value: Buffer.from(text({ __op: op })), timestampMs: AT_MS, headers })).toBe(kind)
  })
})

describe('a projection', () => {
  it('is checked in what it reads and in nothing else', () => {
    const receiver = rowDecoder((row) => ({ to: row.optionalUuid(TRANSACTION_COLUMNS.to_account_id) }))
    const read = (value: string) => receiver({ value: Buffer.from(value), timestampMs: AT_MS })
    const to = '0A1B2C3D-0000-4000-8000-00000000000F'
    expect(read(text({ to_account_id: to, amount_usd: 'much' }))).toEqual({ to: to.toLowerCase() })
    expect(() => read(text({ to_account_id: 'there' }))).toThrow(MalformedRecord)
  })

  it('that fails itself is an undecodable record', () => {
    const broken = rowDecoder(() => {
      throw new TypeError('out of order')
    })
    expect(() => broken({ value: Buffer.from(text()), timestampMs: AT_MS })).toThrow(
      expect.objectContaining({ reason: 'undecodable', message: 'decoding failed: TypeError: out of order' }) as Error,
    )
  })
})

describe('a malformed record', () => {
  it.each([
    ['not_json', '{"a":'],
    ['not_an_object', '[1]'],
    ['unknown_op', text({ __op: 'x' })],
    ['unknown_op', text({ __op: undefined })],
    ['missing_field', text({ amount_usd: null })],
    ['missing_field', text({ risk_level: undefined })],
    ['bad_uuid', text({ customer_id: 'me' })],
    ['bad_uuid', text({ merchant_id: 'shop' })],
    ['bad_time', text({ created_at: '2026-11-20T13:31:00' })],
    ['bad_time', text({ created_at: '2026-02-30T13:31:00Z' })],
    ['bad_decimal', text({ amount_usd: 13.53 })],
    ['bad_decimal', text({ amount_usd: '1e3' })],
    ['too_many_digits', text({ fee_amount: '0.105' })],
    ['too_many_digits', text({ fee_amount: '0.10500' })],
    ['bad_decimal', text({ fee_amount: '0.10000x' })],
    ['bad_flags', text({ compliance_flags: [['HIGH_VALUE'], ['HIGH_RISK']] })],
    ['bad_flags', text({ compliance_flags: ['HIGH_VALUE', []] })],
    ['out_of_range', text({ amount_usd: '99999999999999999.00' })],
    ['negative_amount', text({ fee_amount: '-0.01' })],
    ['unknown_value', text({ status: 'MAYBE' })],
    ['event_time_in_future', text({ created_at: '2026-11-20T13:32:00.501Z' })],
  ])('is refused as %s: %s', (reason, value) => {
    expect(outcome(value)).toMatchObject({ reason })
  })

  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

  it.each(['__op', 'transaction_id', 'amount_usd', 'created_at', 'status', 'merchant_id', 'compliance_flags'])(
    'is refused however deep its %s is nested, in a short sentence',
    (name) => {
      for (const levels of [1_000, 10_000, 200_000]) {
        const value = text({ [name]: null }).replace(`"${name}":null`, `"${name}":${deep(levels)}`)
        const refused = outcome(value)
        expect(refused).toHaveProperty('reason')
        expect((refused as { detail: string }).detail.length).toBeLessThan(200)
      }
    },
  )

  it.each(['transaction_location', 'channel', 'added_later'])(
    'is none for a deep %s, which no job has to read',
    (name) => {
      const value = text({ [name]: null }).replace(`"${name}":null`, `"${name}":${deep(10_000)}`)
      expect(decode(value)).toMatchObject({ amountUsdMinor: 1353 })
    },
  )
})

describe('the fast way', () => {
  const agree = (value: string): void => {
    const fast = scan(value)
    if (fast !== undefined) expect(fast).toEqual(outcome(value))
  }

  it('agrees with the complete decoder on any value of any field', () => {
    const odd = fc.constantFrom<unknown>(
      ...[null, true, false, 0, -1, 1.5, 1e21, '', ' ', 'x', 'null', [], ['A'], ['A', 'A'], [''], {}, { a: 1 }],
      ...[
        '0',
        '00.10',
        '-0.00',
        '1.',
        '.5',
        '1.2',
        '1.234',
        '9007199254740991',
        '90071992547409.91',
        '90071992547409.92',
      ],
      ...[
        '2026-11-20T13:31:00Z',
        '2026-11-20T24:00:00Z',
        '2024-02-29T00:00:00.1Z',
        '2025-02-29T00:00:00Z',
        '0000-01-01T00:00:00Z',
      ],
      ...['2026-11-20T13:31:60Z', '2026-11-20T13:31:00.1234567890Z', '2026-11-20 13:31:00Z', '2026-11-20T13:31:00.Z'],
      ...['c', 'r', 'u', '\\', '"', '\n', 'ü', '😀', '{"country":"","city":"A"}', '{"city":"\\"B\\""}'],
    )
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(row)), fc.oneof(odd, fc.string(), fc.json()))
    fc.assert(
      fc.property(changes, (changed) => agree(text(changed))),
      { numRuns: 3_000 },
    )
  })

  it('agrees with the complete decoder on texts damaged at any place', () => {
    const good = [...text()]
    const edit = fc.tuple(fc.nat(good.length - 1), fc.nat(2), fc.constantFrom(...'{}[]",:\\ 0129eE+-.ntfuaZ\n\u0001é'))
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const damaged = [...good]
        for (const [at, remove, insert] of edits) damaged.splice(at, remove, insert)
        agree(damaged.join(''))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is the way that good rows take, in any order of columns', () => {
    const order = fc.shuffledSubarray(Object.entries(row), { minLength: Object.keys(row).length })
    fc.assert(
      fc.property(order, (entries) => {
        expect(scan(JSON.stringify(Object.fromEntries(entries)))).toBeDefined()
      }),
    )
  })
})
