import { expect, it } from 'vitest'
import { buildTransaction } from '@fintech-streams/testing'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { dashboardMetrics } from './dashboard-metrics.ts'

it('counts every status, and success as COMPLETED', () => {
  const result = windowResultOf(dashboardMetrics, [
    buildTransaction({ amountUsdMinor: 10_00, feeMinor: 10 }),
    buildTransaction({ amountUsdMinor: 20_00, status: 'PENDING', riskLevel: 'HIGH' }),
    buildTransaction({ amountUsdMinor: 20_00, status: 'DECLINED', feeMinor: 5 }),
  ])
  expect(result).toEqual({
    total_volume: '50.00',
    average_transaction_value: '16.67',
    total_fees: '0.15',
    success_rate: 1 / 3,
    status_distribution: { COMPLETED: 1, PENDING: 1, DECLINED: 1 },
    risk_distribution: { LOW: 2, HIGH: 1 },
  })
})

it('has no success where nothing completed', () => {
  expect(windowResultOf(dashboardMetrics, [buildTransaction({ status: 'FAILED' })])).toMatchObject({
    success_rate: 0,
    status_distribution: { FAILED: 1 },
  })
})

it('is kept by transaction type', () => {
  expect(dashboardMetrics.key(buildTransaction({ type: 'CHARGEBACK' }))).toBe('CHARGEBACK')
})
