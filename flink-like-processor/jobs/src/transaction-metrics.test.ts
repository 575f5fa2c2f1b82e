import { expect, it } from 'vitest'
import { buildTransaction } from '@fintech-streams/testing'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { transactionMetrics } from './transaction-metrics.ts'

it('sums, averages and bounds amounts of every status', () => {
  const result = windowResultOf(transactionMetrics, [
    buildTransaction({ amountUsdMinor: 10_00, feeMinor: 25 }),
    buildTransaction({ amountUsdMinor: 5_00, type: 'TRANSFER', status: 'FAILED' }),
    buildTransaction({ amountUsdMinor: 5_01, feeMinor: 75 }),
  ])
  expect(result).toEqual({
    total_amount: '20.01',
    average_amount: '6.67',
    min_amount: '5.00',
    max_amount: '10.00',
    total_fees: '1.00',
    type_distribution: { PURCHASE: 2, TRANSFER: 1 },
  })
})

it('rounds an average half up', () => {
  const amounts = (...amountsMinor: number[]) =>
    windowResultOf(
      transactionMetrics,
      amountsMinor.map((amountUsdMinor) => buildTransaction({ amountUsdMinor })),
    )
  expect(amounts(1, 2)).toMatchObject({ average_amount: '0.02' })
  expect(amounts(1, 1, 2)).toMatchObject({ average_amount: '0.01' })
})

it('bounds a single amount of nothing', () => {
  expect(windowResultOf(transactionMetrics, [buildTransaction({ amountUsdMinor: 0 })])).toMatchObject({
    min_amount: '0.00',
    max_amount: '0.00',
    total_fees: '0.00',
  })
})

it('stays exact beyond the safe integers', () => {
  const amountUsdMinor = Number.MAX_SAFE_INTEGER
  const result = windowResultOf(transactionMetrics, [
    buildTransaction({ amountUsdMinor }),
    buildTransaction({ amountUsdMinor }),
    buildTransaction({ amountUsdMinor: 1 }),
  ])
  expect(result).toMatchObject({ total_amount: '180143985094819.83', average_amount: '60047995031606.61' })
})
