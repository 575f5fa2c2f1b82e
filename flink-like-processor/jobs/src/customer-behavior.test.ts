import { expect, it } from 'vitest'
import { buildTransaction } from '@fintech-streams/testing'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { customerBehavior } from './customer-behavior.ts'

it('shows channels, spending and how steady place and device are', () => {
  const result = windowResultOf(customerBehavior, [
    buildTransaction({ amountUsdMinor: 30_00 }),
    buildTransaction({ amountUsdMinor: 10_00, merchantCategory: 'TRAVEL', city: 'Paris', channel: 'WEB' }),
    buildTransaction({ amountUsdMinor: 40_00, merchantId: undefined, merchantCategory: undefined, city: undefined }),
    buildTransaction({ amountUsdMinor: 20_00, deviceFingerprint: 'device-2' }),
  ])
  expect(result).toEqual({
    channel_usage: { POS: 3, WEB: 1 },
    spending_by_category: { GROCERY: '50.00', TRAVEL: '10.00', NONE: '40.00' },
    location_consistency: 2 / 3,
    device_consistency: 3 / 4,
    spending_pattern: 0.5 ** 2 + 0.1 ** 2 + 0.4 ** 2,
  })
})

it('is zero where there is nothing to compare, and names nothing without an amount', () => {
  const nowhere = { city: undefined, country: undefined, deviceFingerprint: undefined, channel: undefined }
  const result = windowResultOf(customerBehavior, [buildTransaction({ ...nowhere, amountUsdMinor: 0 })])
  expect(result).toEqual({
    channel_usage: {},
    spending_by_category: {},
    location_consistency: 0,
    device_consistency: 0,
    spending_pattern: 0,
  })
})

it('puts a merchant without a category under NONE', () => {
  const result = windowResultOf(customerBehavior, [buildTransaction({ merchantCategory: undefined })])
  expect(result).toMatchObject({ spending_by_category: { NONE: '25.00' }, spending_pattern: 1 })
})

it('takes a value of the data that is also a name of the language', () => {
  const result = windowResultOf(customerBehavior, [buildTransaction({ merchantCategory: '__proto__' })])
  expect(JSON.stringify(result['spending_by_category'])).toBe('{"__proto__":"25.00"}')
})
