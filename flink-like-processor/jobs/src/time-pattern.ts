import { hours, RESULTS, utcHour } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { countBy, defineWindowJob, keyCounts, sumBy, TOP_CUSTOMERS } from './window-job.ts'

/** First and last hour of the UTC day, both included. */
const PEAKS = [
  { name: 'MORNING_PEAK', first: 9, last: 11 },
  { name: 'LUNCH_PEAK', first: 12, last: 14 },
  { name: 'EVENING_PEAK', first: 17, last: 19 },
]

/** What each hour of the UTC day brings, and who is active in it. */
export const timePattern = defineWindowJob({
  id: 'time_pattern',
  result: RESULTS.time_pattern,
  window: tumbling(hours(1)),
  key: (tx) => utcHour(tx.eventTimeMs),
  aggregate: {
    types: countBy('type'),
    spending: sumBy('type', 'amountUsdMinor'),
    customers: keyCounts(TOP_CUSTOMERS),
  },
  finish: ({ types, spending, customers }, { key: hour }) => ({
    transaction_type_distribution: types,
    spending_by_type: spending,
    active_customers: customers.unique,
    customer_activity: Object.fromEntries(customers.top),
    peak_periods: PEAKS.filter(({ first, last }) => hour >= first && hour <= last).map(({ name }) => name),
  }),
})
