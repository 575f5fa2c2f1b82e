import { AHEAD_MAX_MS } from '@fintech-streams/contracts'
import { OUT_OF_ORDER_MAX_MS } from '@fintech-streams/engine'
import { expect, test } from 'vitest'
import { normalised, reportedBy } from './request.ts'
import { type NewTransaction } from './schema.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 12)
const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`

const given = (more: Partial<NewTransaction> = {}): NewTransaction => ({
  transaction_id: id(7),
  customer_id: id(1),
  account_id: id(2),
  to_account_id: id(3),
  transaction_type: 'TRANSFER',
  amount: '12.5',
  currency: 'EUR',
  ...more,
})
const without = (name: keyof NewTransaction, more: Partial<NewTransaction> = {}): NewTransaction => {
  const { [name]: _, ...rest } = given(more)
  return rest as NewTransaction
}
const at = (offsetMs: number) => given({ created_at: new Date(NOW_MS + offsetMs).toISOString() })

test('is what it says, and of now where it says no time', () => {
  expect(reportedBy(given({ location: { country: 'FR' }, fee_amount: '0' }), NOW_MS)).toMatchObject({
    transactionId: id(7),
    atMs: NOW_MS,
    amountMinor: 1_250,
    feeMinor: 0,
    location: { country: 'FR', city: null, lat: null, lon: null },
  })
  expect(reportedBy(given(), NOW_MS)).toMatchObject({ feeMinor: undefined, status: undefined, location: undefined })
})

test.for<[string, NewTransaction]>([
  ['/body/to_account_id is needed for a TRANSFER', without('to_account_id')],
  ['/body/to_account_id is not for a PURCHASE', given({ transaction_type: 'PURCHASE' })],
  ['/body/original_transaction_id is not for a TRANSFER', given({ original_transaction_id: id(8) })],
  ['/body/created_at is ahead of the clock', at(AHEAD_MAX_MS + 1)],
  ['/body/created_at is before 2015', given({ created_at: '2014-12-31T23:59:59Z' })],
  ['/body/created_at must be a time in UTC', given({ created_at: '2026-11-20T12:00:00+01:00' })],
  ['/body/location/city has half a character', given({ location: { country: 'DE', city: '\ud800' } })],
])('invalid: %s', ([message, request]) => {
  expect(() => reportedBy(request, NOW_MS)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(message) as string }),
  )
})

test('one of now, of the past and of a clock that is a little ahead is good', () => {
  for (const offsetMs of [-86_400_000, 0, AHEAD_MAX_MS])
    expect(reportedBy(at(offsetMs), NOW_MS).atMs - NOW_MS).toBe(offsetMs)
})

test('a clock that is as far ahead as is taken closes nobody’s window', () => {
  expect(AHEAD_MAX_MS).toBeLessThanOrEqual(OUT_OF_ORDER_MAX_MS)
})

test('ids are compared in the form that the database has them in', () => {
  const upper = given({ transaction_id: 'ABCDEF00-0000-4000-8000-000000000000', device_fingerprint: 'DEVICE' })
  expect(normalised(upper)).toMatchObject({
    transaction_id: 'abcdef00-0000-4000-8000-000000000000',
    device_fingerprint: 'DEVICE',
  })
})
