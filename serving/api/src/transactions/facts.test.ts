import { type Parties } from '@fintech-streams/generator'
import { expect, test } from 'vitest'
import { checkTogether, factsOf, normalised } from './facts.ts'
import { type NewTransaction } from './schema.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 12)
const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`
const [CUSTOMER, ACCOUNT, RECEIVER, MERCHANT, OTHERS] = [id(1), id(2), id(3), id(4), id(5)] as [
  string,
  string,
  string,
  string,
  string,
]

const account = (accountId: string, customerId: string) =>
  ({ accountId, customerId, type: 'CHECKING', currency: 'USD', balanceMinor: 0, creditLimitMinor: 0 }) as const
const parties: Parties = {
  customers: new Map([[CUSTOMER, { customerId: CUSTOMER, tier: 'BASIC', riskScore: 10, country: 'DE', city: 'Bonn' }]]),
  accounts: new Map([
    [ACCOUNT, account(ACCOUNT, CUSTOMER)],
    [RECEIVER, account(RECEIVER, id(9))],
    [OTHERS, account(OTHERS, id(9))],
  ]),
  merchants: new Map(),
}
const fxRates = (currency: string): number | undefined => ({ USD: 100_000_000, EUR: 108_500_000 })[currency]

const given = (more: Partial<NewTransaction> = {}): NewTransaction => ({
  transaction_id: id(7),
  customer_id: CUSTOMER,
  account_id: ACCOUNT,
  to_account_id: RECEIVER,
  transaction_type: 'TRANSFER',
  amount: '12.5',
  currency: 'EUR',
  ...more,
})
const without = (name: keyof NewTransaction, more: Partial<NewTransaction> = {}): NewTransaction => {
  const { [name]: _, ...rest } = given(more)
  return rest as NewTransaction
}

test('what is left out follows from the rest', () => {
  expect(factsOf(given(), parties, fxRates, NOW_MS)).toMatchObject({
    atMs: NOW_MS,
    amountMinor: 1_250,
    amountUsdMinor: 1_356,
    feeMinor: 0,
    status: 'COMPLETED',
    toAccountId: RECEIVER,
    toAccount: { accountId: RECEIVER },
  })
  const abroad = given({ transaction_type: 'WIRE_TRANSFER', location: { country: 'FR' } })
  expect(factsOf(abroad, parties, fxRates, NOW_MS)).toMatchObject({
    feeMinor: 25_00 + 14,
    location: { country: 'FR', city: null, lat: null, lon: null },
  })
  expect(factsOf({ ...abroad, fee_amount: '0' }, parties, fxRates, NOW_MS).feeMinor).toBe(0)
})

test('a receiver that is not one of ours is no reason to refuse', () => {
  const facts = factsOf(given({ to_account_id: id(8) }), parties, fxRates, NOW_MS)
  expect(facts).toMatchObject({ toAccountId: id(8) })
  expect(facts.toAccount).toBeUndefined()
})

test.for<[string, Partial<NewTransaction>]>([
  ['there is no customer', { customer_id: id(6) }],
  ['there is no account', { account_id: id(6) }],
  ['is not one of customer', { account_id: OTHERS }],
  ['there is no merchant', { merchant_id: MERCHANT }],
  ['there is no rate for CHF', { currency: 'CHF' }],
])('unprocessable: %s', ([message, more]) => {
  expect(() => factsOf(given(more), parties, fxRates, NOW_MS)).toThrow(
    expect.objectContaining({ code: 'unprocessable', message: expect.stringContaining(message) as string }),
  )
})

test.for<[string, NewTransaction]>([
  ['/body/to_account_id is needed for a TRANSFER', without('to_account_id')],
  ['/body/to_account_id is not for a PURCHASE', given({ transaction_type: 'PURCHASE' })],
  ['/body/original_transaction_id is not for a TRANSFER', given({ original_transaction_id: id(8) })],
  ['/body/created_at is ahead of the clock', given({ created_at: new Date(NOW_MS + 31_000).toISOString() })],
  ['/body/created_at is before 2015', given({ created_at: '2014-12-31T23:59:59Z' })],
  ['/body/created_at must be a time in UTC', given({ created_at: '2026-11-20T12:00:00+01:00' })],
  ['/body/location/city has half a character', given({ location: { country: 'DE', city: '\ud800' } })],
])('invalid: %s', ([message, request]) => {
  expect(() => checkTogether(request, NOW_MS)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(message) as string }),
  )
})

test('a request of now, of the past and of a clock that is a little ahead is good', () => {
  for (const offsetMs of [-86_400_000, 0, 30_000]) {
    expect(() => checkTogether(given({ created_at: new Date(NOW_MS + offsetMs).toISOString() }), NOW_MS)).not.toThrow()
  }
})

test('ids are compared in the form that the database has them in', () => {
  const upper = given({ transaction_id: 'ABCDEF00-0000-4000-8000-000000000000', device_fingerprint: 'DEVICE' })
  expect(normalised(upper)).toMatchObject({
    transaction_id: 'abcdef00-0000-4000-8000-000000000000',
    device_fingerprint: 'DEVICE',
  })
})
