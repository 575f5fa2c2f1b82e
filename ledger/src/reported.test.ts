import { AMOUNT_USD_MAX_MINOR, BASE_RATES, CURRENCIES_TAKEN } from '@fintech-streams/contracts'
import { expect, test } from 'vitest'
import { type Parties } from './parties.ts'
import { fxRatesOf } from './rates.ts'
import { type Account } from './records.ts'
import { Refused, reportedChange, type ReportedTransaction } from './reported.ts'

const account = (accountId: string, customerId: string, status: Account['status'] = 'ACTIVE', currency = 'USD') => ({
  ...{ accountId, customerId, status, currency },
  ...({ type: 'CHECKING', balanceMinor: 0, creditLimitMinor: 0 } as const),
})
const accounts = [
  account('own', 'ann'),
  account('own yen', 'ann', 'ACTIVE', 'JPY'),
  account('frozen', 'ann', 'FROZEN'),
  account('closed', 'bob', 'CLOSED'),
  account('others', 'bob'),
]
const parties: Parties = {
  customers: new Map([['ann', { customerId: 'ann', tier: 'BASIC', riskScore: 10, country: 'DE', city: 'Bonn' }]]),
  accounts: new Map(accounts.map((one) => [one.accountId, one])),
  merchants: new Map([
    ['shop', { merchantId: 'shop', name: 'Shop', category: 'GROCERY', mcc: '5411', country: 'DE', city: 'Bonn' }],
  ]),
}
const fxRates = fxRatesOf(new Map([['EURUSD', 108_500_000]]))

const change = (more: Partial<ReportedTransaction> = {}) =>
  reportedChange(
    {
      transactionId: 'one',
      atMs: 0,
      customerId: 'ann',
      accountId: 'own',
      type: 'PURCHASE',
      amountMinor: 1_250,
      currency: 'EUR',
      ...more,
    },
    parties,
    fxRates,
  )
const wire = { type: 'WIRE_TRANSFER', toAccountId: 'others' } as const

test('what is left out follows from the rest', () => {
  const { transaction, postings } = change({ merchantId: 'shop' })
  expect(transaction).toMatchObject({ status: 'COMPLETED', fxRateE8: 108_500_000, amountUsdMinor: 1_356, feeMinor: 0 })
  expect(transaction).toMatchObject({ merchantCategory: 'GROCERY', mcc: '5411', isCrossBorder: false })
  expect(postings).toEqual([expect.objectContaining({ accountId: 'own', deltaMinor: -1_356 })])
  const abroad = { ...wire, location: { country: 'FR', city: null, lat: null, lon: null } }
  expect(change(abroad).transaction.feeMinor).toBe(25_00 + 14)
  expect(change({ ...abroad, feeMinor: 0 }).transaction.feeMinor).toBe(0)
})

test('a purchase whose merchant nobody knows is one', () => {
  expect(change().transaction).toMatchObject({ merchantId: null, merchantCategory: null })
})

test('risk follows from the facts alone, the same each time, and there is no alert', () => {
  const facts = { ...wire, amountMinor: 10_000_01, currency: 'USD' }
  for (let n = 0; n < 50; n += 1) {
    const { transaction, alert } = change({ ...facts, transactionId: String(n) })
    expect(transaction).toMatchObject({ riskScore: 35, riskLevel: 'MEDIUM', complianceFlags: ['HIGH_VALUE'] })
    expect(alert).toBeNull()
  }
})

test('a score that the reporter gives stands, and its level and flags follow from it', () => {
  const { transaction } = change({ risk: { score: 81.5 } })
  expect(transaction).toMatchObject({ riskScore: 81.5, riskLevel: 'CRITICAL', complianceFlags: ['HIGH_RISK'] })
})

test('a receiver that is not one of ours is no reason to refuse', () => {
  const { transaction, postings } = change({ type: 'TRANSFER', toAccountId: 'elsewhere' })
  expect(transaction.toAccountId).toBe('elsewhere')
  expect(postings).toHaveLength(1)
})

test.for<[string, string, Partial<ReportedTransaction>]>([
  ['customer_id', 'there is no customer', { customerId: 'bob' }],
  ['account_id', 'there is no account', { accountId: 'elsewhere' }],
  ['account_id', 'is not one of customer', { accountId: 'others' }],
  ['account_id', 'is FROZEN', { accountId: 'frozen' }],
  ['account_id', 'is FROZEN', { accountId: 'frozen', status: 'PENDING', type: 'DEPOSIT' }],
  ['to_account_id', 'is CLOSED', { type: 'TRANSFER', toAccountId: 'closed' }],
  ['merchant_id', 'there is no merchant', { merchantId: 'elsewhere' }],
  ['currency', 'XTS is not taken', { currency: 'XTS' }],
  ['currency', 'XTS is not taken', { currency: 'XTS', fxRateE8: 100_000_000 }],
  ['amount', 'says something else', { currency: 'USD', fxRateE8: 90_000_000 }],
  ['amount', 'says something else', { currency: 'USD', amountUsdMinor: 1_251 }],
  ['amount', 'is more than 9999999999.99', { amountMinor: AMOUNT_USD_MAX_MINOR + 1, currency: 'USD' }],
  ['amount', 'is more than', { amountMinor: 1_000_000_000_000, amountUsdMinor: AMOUNT_USD_MAX_MINOR + 1 }],
  ['fee_amount', 'is more than', { feeMinor: AMOUNT_USD_MAX_MINOR + 1 }],
])('refused: %s %s', ([field, message, more]) => {
  const thrown = expect.objectContaining({ field, message: expect.stringContaining(message) as string }) as Refused
  expect(() => change(more)).toThrow(thrown)
})

test('what moves no money is a fact of any account', () => {
  expect(change({ accountId: 'frozen', status: 'DECLINED' }).postings).toEqual([])
  expect(change({ type: 'TRANSFER', toAccountId: 'closed', status: 'FAILED' }).postings).toEqual([])
})

test('the largest amount is taken, in dollars and in a currency of many digits', () => {
  const largest = { amountMinor: AMOUNT_USD_MAX_MINOR, currency: 'USD' }
  expect(change(largest).transaction.amountUsdMinor).toBe(AMOUNT_USD_MAX_MINOR)
  const yen = change({ amountMinor: 999_999_999_999_99, currency: 'JPY', accountId: 'own yen' })
  expect(yen.postings[0]?.deltaMinor).toBe(-999_999_999_999_99)
})

test.for(CURRENCIES_TAKEN)('%s has a rate: the base until there is a price', (currency) => {
  expect(change({ currency }).transaction.fxRateE8).toBe(
    currency === 'EUR' ? 108_500_000 : Math.round((BASE_RATES[currency] ?? NaN) * 100_000_000),
  )
})

test('an account in the transaction’s currency pays the fee at the transaction’s rate', () => {
  const yen = { accountId: 'own yen', currency: 'JPY', amountMinor: 1_000_00, fxRateE8: 1_000_000, feeMinor: 1_00 }
  expect(change(yen).postings[0]?.deltaMinor).toBe(-1_000_00 - 100_00)
})

test('a price that is reported stands, and gives the rate where none is reported', () => {
  const { transaction } = change({ amountMinor: 200, amountUsdMinor: 100 })
  expect(transaction).toMatchObject({ amountUsdMinor: 100, fxRateE8: 50_000_000 })
  expect(change({ amountMinor: 200, fxRateE8: 25_000_000 }).transaction.amountUsdMinor).toBe(50)
})
