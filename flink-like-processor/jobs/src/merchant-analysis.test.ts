import { describe, expect, it } from 'vitest'
import { buildTransaction, id } from '@fintech-streams/testing'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { merchantAnalysis } from './merchant-analysis.ts'

it('takes only COMPLETED as revenue, and every status for the rest', () => {
  const result = windowResultOf(merchantAnalysis, [
    buildTransaction({ amountUsdMinor: 30_00, customerId: id(1) }),
    buildTransaction({ amountUsdMinor: 60_01, customerId: id(1) }),
    buildTransaction({ amountUsdMinor: 900_00, customerId: id(2), status: 'DECLINED', city: 'Hamburg' }),
    buildTransaction({ amountUsdMinor: 40_00, customerId: id(3), city: undefined }),
  ])
  expect(result).toEqual({
    total_revenue: '130.01',
    average_transaction_value: '43.34',
    unique_customers: 3,
    customer_retention: 1 / 3,
    customer_distribution: { [id(1)]: 2, [id(2)]: 1, [id(3)]: 1 },
    amount_distribution: { '0-50': '70.00', '50-200': '60.01', '200-1000': '900.00' },
    locations: { Berlin: 2, Hamburg: 1 },
  })
})

it('has no average without a COMPLETED transaction', () => {
  expect(windowResultOf(merchantAnalysis, [buildTransaction({ status: 'PENDING' })])).toMatchObject({
    total_revenue: '0.00',
    average_transaction_value: null,
    customer_retention: 0,
  })
})

it('names the 20 largest customers, ties by id', () => {
  const customers = Array.from({ length: 30 }, (_, at) => 30 - at)
  const once = customers.map((customer) => buildTransaction({ customerId: id(customer) }))
  const result = windowResultOf(merchantAnalysis, [...once, buildTransaction({ customerId: id(29) })])
  expect(result).toMatchObject({ unique_customers: 30, customer_retention: 1 / 30 })
  const first = Array.from({ length: 19 }, (_, at) => [id(at + 1), 1])
  expect(result['customer_distribution']).toEqual({ ...Object.fromEntries(first), [id(29)]: 2 })
})

describe('a range holds its lower bound', () => {
  it.each([
    [49_99, '0-50'],
    [50_00, '50-200'],
    [199_99, '50-200'],
    [200_00, '200-1000'],
    [999_99, '200-1000'],
    [1_000_00, '1000-10000'],
    [9_999_99, '1000-10000'],
    [10_000_00, '10000+'],
  ])('%i minor units', (amountUsdMinor, range) => {
    const { amount_distribution } = windowResultOf(merchantAnalysis, [buildTransaction({ amountUsdMinor })])
    expect(Object.keys(amount_distribution as object)).toEqual([range])
  })
})

it('does not count a transaction without a merchant', () => {
  expect(merchantAnalysis.key(buildTransaction())).toBe(id(300))
  expect(merchantAnalysis.key(buildTransaction({ merchantId: undefined }))).toBeUndefined()
})
