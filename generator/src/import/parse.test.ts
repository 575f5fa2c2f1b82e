import { describe, expect, it } from 'vitest'
import { type Fields } from './columns.ts'
import { idOf, UnnamedIds } from './ids.ts'
import { type Mapping, NO_MAPPING } from './mapping.ts'
import { parseFields } from './parse.ts'
import { timeReader } from './times.ts'

const good: Fields = { customer_id: 'c1', amount: '12.50', created_at: '2026-11-20T10:00:00Z' }

const parse = (fields: Fields, mapping: Partial<Mapping> = {}) =>
  parseFields(fields, {
    timeOf: timeReader({ time: 'iso' }),
    decimals: undefined,
    mapping: { ...NO_MAPPING, ...mapping },
    unnamed: new UnnamedIds(),
  })

describe('parseFields', () => {
  it('needs a customer, an amount and a time, and takes the rest as ordinary', () => {
    expect(parse(good)).toMatchObject({
      customerId: idOf('customer', 'c1'),
      type: 'PURCHASE',
      status: 'COMPLETED',
      currency: 'USD',
      amountMinor: 12_50,
      feeMinor: undefined,
      tier: 'BASIC',
      atMs: Date.parse('2026-11-20T10:00:00Z'),
      merchant: undefined,
      location: undefined,
    })
    for (const name of ['customer_id', 'amount', 'created_at'] as const) {
      const { [name]: _, ...rest } = good
      expect(() => parse(rest)).toThrow(`${name} is missing`)
    }
  })

  it.each([
    [{ amount: '-1' }, 'amount is -1, below zero'],
    [{ amount: '1.005' }, 'amount: not an amount of money'],
    [{ amount: '99999999999999999.00' }, 'amount: not an amount of money'],
    [{ amount: '1,234' }, 'amount: 1,234 can be read in two ways'],
    [{ fee_amount: '-1' }, 'fee_amount is -1, below zero'],
    [{ fee_amount: '€1' }, 'fee_amount is €1, not US dollars'],
    [{ created_at: '2026-11-20 10:00:00' }, 'expected a time with its zone'],
    [{ created_at: '2026-02-30T10:00:00Z' }, 'not a UTC time'],
    [{ created_at: '1969-12-31T23:59:59Z' }, 'expected a time since 1970'],
    [{ transaction_type: 'BUY' }, 'transaction_type is "BUY"'],
    [{ transaction_type: 'TRANSFER' }, 'to_account_id is needed for a TRANSFER'],
    [{ to_account_id: 'a' }, 'to_account_id is not for a PURCHASE'],
    [{ original_transaction_id: 'a' }, 'original_transaction_id is not for a PURCHASE'],
    [{ status: 'DONE' }, 'status is "DONE"'],
    [{ channel: 'FAX' }, 'channel is "FAX"'],
    [{ currency: 'usd' }, 'currency is "usd"'],
    [{ currency: 'XXX' }, 'currency is "XXX", expected one of USD, EUR'],
    [{ amount: '€12.50', currency: 'USD' }, 'amount is €12.50, but currency is USD'],
    [{ fx_rate: '0' }, 'fx_rate is 0'],
    [{ fx_rate: '-1' }, 'fx_rate: not a number'],
    [{ fx_rate: '1.123456789' }, 'fx_rate is "1.123456789"'],
    [{ fx_rate: '1.1' }, 'the amount is in USD, and fx_rate'],
    [{ amount_usd: '12.51' }, 'the amount is in USD, and fx_rate'],
    [{ country: 'USA' }, '"USA" is no country'],
    [{ country: 'US', city: 'a\nb' }, 'city is "a\nb"'],
    [{ country: 'US', lat: '91' }, 'lat is "91"'],
    [{ country: 'US', lat: '0x10' }, 'lat is "0x10"'],
    [{ ip_address: '1.2.3' }, 'no IP address'],
    [{ ip_address: 'fe80::1%eth0' }, 'no IP address'],
    [{ merchant_id: 'm', mcc: '12' }, 'mcc is "12"'],
    [{ risk_score: '101' }, 'risk_score is "101"'],
    [{ device_fingerprint: 'a\0b' }, 'device_fingerprint contains a zero byte'],
    [{ device_fingerprint: 'a b' }, 'device_fingerprint is "a b"'],
    [{ customer_id: '2.29116E+15' }, 'a spreadsheet has rounded it'],
    [{ transaction_id: '1,79517E+18' }, 'a spreadsheet has rounded it'],
  ])('refuses %j', (fields, reason) => {
    expect(() => parse({ ...good, ...fields })).toThrow(reason)
  })

  it('takes an amount’s currency where no field says one', () => {
    expect(parse({ ...good, amount: '12,50 €' })).toMatchObject({ amountMinor: 12_50, currency: 'EUR' })
    expect(parse({ ...good, amount: '$12.50' }).currency).toBe('USD')
    expect(parse({ ...good, amount: '$12.50', currency: 'CAD' }).currency).toBe('CAD')
    expect(parse({ ...good, amount: 'GBP 12.50' }).currency).toBe('GBP')
  })

  it('reads rates exactly', () => {
    expect(parse({ ...good, currency: 'JPY', fx_rate: '0.00665' }).fxRateE8).toBe(665_000)
    expect(parse({ ...good, currency: 'EUR', fx_rate: '100' }).fxRateE8).toBe(100_00000000)
    expect(parse({ ...good, currency: 'EUR', fx_rate: '1,0850000000000' }).fxRateE8).toBe(1_08500000)
  })

  it('keeps another id for a customer’s account than for the customer', () => {
    const uuid = '123e4567-e89b-12d3-a456-426614174000'
    expect(parse({ ...good, customer_id: uuid })).toMatchObject({ customerId: uuid })
    expect(parse({ ...good, customer_id: uuid }).accountId).not.toBe(uuid)
  })

  it('finds a merchant’s category by its code and its code by its category', () => {
    expect(parse({ ...good, merchant_name: 'Shop', mcc: '5411' }).merchant).toMatchObject({ category: 'GROCERY' })
    expect(parse({ ...good, merchant_category: 'FUEL' }).merchant).toMatchObject({ name: 'FUEL', mcc: '5541' })
    expect(parse({ ...good, merchant_id: 'm1' }).merchant).toMatchObject({ category: 'OTHER', mcc: '0000' })
  })

  it('invents nothing of a place', () => {
    const place = { country: 'DE', city: 'Berlin', lat: null, lon: null }
    expect(parse({ ...good, country: 'DE', city: 'Berlin' }).location).toEqual(place)
    expect(parse({ ...good, country: 'DE', lat: '52,52', lon: '-13.405' }).location).toEqual({
      ...{ country: 'DE', city: null },
      ...{ lat: 52.52, lon: -13.405 },
    })
  })

  it('takes 0 and no for no fraud, and 1 and yes for fraud', () => {
    const labels = ['0', 'false', 'No', '1', 'True', 'MULE_FAN_IN']
    expect(labels.map((typology) => parse({ ...good, typology }).typology)).toEqual([
      ...[undefined, undefined, undefined],
      ...['FRAUD', 'FRAUD', 'MULE_FAN_IN'],
    ])
  })
})

describe('a mapping', () => {
  it('gives a type by the sign of the amount', () => {
    const bySign = { type_by_sign: { negative: 'PAYMENT', positive: 'DEPOSIT' } } as const
    const read = (fields: Fields) => parse({ ...good, ...fields }, bySign)
    expect(read({ amount: '-12.50' })).toMatchObject({ type: 'PAYMENT', amountMinor: 12_50 })
    expect(read({ amount: '12.50' })).toMatchObject({ type: 'DEPOSIT', amountMinor: 12_50 })
    expect(read({ amount: '(12.50)', transaction_type: 'PURCHASE' })).toMatchObject({ type: 'PURCHASE' })
    expect(() => read({ amount: '12.50', transaction_type: 'PURCHASE' })).toThrow('a PURCHASE goes the other way')
    expect(() => read({ amount: '-12.50', transaction_type: 'REFUND' })).toThrow('a REFUND goes the other way')
    expect(read({ amount: '0', transaction_type: 'PURCHASE' })).toMatchObject({ amountMinor: 0 })
  })

  it('can have a field for some types only', () => {
    const both = { ...good, to_account_id: 'a', merchant_id: 'm' }
    const mapping: Partial<Mapping> = { only_for: { to_account_id: ['TRANSFER'], merchant_id: ['PAYMENT'] } }
    expect(parse({ ...both, transaction_type: 'TRANSFER' }, mapping)).toMatchObject({
      toAccountId: idOf('account', 'a'),
      merchant: undefined,
    })
    expect(parse({ ...both, transaction_type: 'PAYMENT' }, mapping)).toMatchObject({
      toAccountId: undefined,
      merchant: { name: 'm' },
    })
  })
})
