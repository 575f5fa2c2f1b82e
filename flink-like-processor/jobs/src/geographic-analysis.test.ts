import { expect, it } from 'vitest'
import { buildTransaction } from '@fintech-streams/testing'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { geographicAnalysis } from './geographic-analysis.ts'

it('counts and sums by city, merchant category and currency', () => {
  const result = windowResultOf(geographicAnalysis, [
    buildTransaction({ amountUsdMinor: 10_00 }),
    buildTransaction({ amountUsdMinor: 20_00, currency: 'USD' }),
    buildTransaction({ amountUsdMinor: 5_50, city: 'Hamburg', merchantCategory: 'TRAVEL', status: 'FAILED' }),
  ])
  expect(result).toEqual({
    total_amount: '35.50',
    city_distribution: { Berlin: 2, Hamburg: 1 },
    spending_by_city: { Berlin: '30.00', Hamburg: '5.50' },
    merchant_distribution: { GROCERY: 2, TRAVEL: 1 },
    currencies: { EUR: 2, USD: 1 },
  })
})

it('sums also what has no city, no category and no currency', () => {
  const bare = { city: undefined, merchantCategory: undefined, currency: undefined }
  expect(windowResultOf(geographicAnalysis, [buildTransaction(bare)])).toEqual({
    total_amount: '25.00',
    city_distribution: {},
    spending_by_city: {},
    merchant_distribution: {},
    currencies: {},
  })
})

it('does not count a transaction without a country', () => {
  expect(geographicAnalysis.key(buildTransaction())).toBe('DE')
  expect(geographicAnalysis.key(buildTransaction({ country: undefined }))).toBeUndefined()
})
