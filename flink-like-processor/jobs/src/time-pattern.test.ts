import { DAY_MS, HOUR_MS } from '@fintech-streams/contracts'
import { expect, it } from 'vitest'
import { BASE_TIME_MS, buildTransaction, id } from '@fintech-streams/testing'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { timePattern } from './time-pattern.ts'

const midnight = BASE_TIME_MS - (BASE_TIME_MS % DAY_MS)

it('shows types, spending and who was active', () => {
  const result = windowResultOf(timePattern, [
    buildTransaction({ amountUsdMinor: 10_00, customerId: id(2) }),
    buildTransaction({ amountUsdMinor: 20_00, customerId: id(1), status: 'FAILED' }),
    buildTransaction({ amountUsdMinor: 0, customerId: id(1), type: 'REFUND' }),
  ])
  expect(result).toEqual({
    transaction_type_distribution: { PURCHASE: 2, REFUND: 1 },
    spending_by_type: { PURCHASE: '30.00' },
    active_customers: 2,
    customer_activity: { [id(1)]: 2, [id(2)]: 1 },
    peak_periods: ['LUNCH_PEAK'],
  })
})

const PEAK_HOURS: Record<number, string> = {
  9: 'MORNING_PEAK',
  10: 'MORNING_PEAK',
  11: 'MORNING_PEAK',
  12: 'LUNCH_PEAK',
  13: 'LUNCH_PEAK',
  14: 'LUNCH_PEAK',
  17: 'EVENING_PEAK',
  18: 'EVENING_PEAK',
  19: 'EVENING_PEAK',
}

it.each(Array.from({ length: 24 }, (_, hour) => hour))('hour %i is itself to its last millisecond', (hour) => {
  const last = buildTransaction({ eventTimeMs: midnight + (hour + 1) * HOUR_MS - 1 })
  expect(timePattern.key(buildTransaction({ eventTimeMs: midnight + hour * HOUR_MS }))).toBe(hour)
  expect(timePattern.key(last)).toBe(hour)
  const peak = PEAK_HOURS[hour]
  expect(windowResultOf(timePattern, [last])['peak_periods']).toEqual(peak === undefined ? [] : [peak])
})
