import { hours, RESULTS, utcHour } from '@fintech-streams/contracts'
import { AmountDistribution, Distribution, tumbling } from '@fintech-streams/engine'
import { customerCounts } from './customer-counts.ts'
import { defineWindowJob } from './window-job.ts'

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
  keys: customerCounts,
  aggregate: {
    create: () => ({ types: new Distribution(), spending: new AmountDistribution() }),
    add: (acc, tx) => {
      acc.types.increment(tx.type)
      acc.spending.add(tx.type, tx.amountUsdMinor)
    },
    merge: (into, from) => {
      into.types.merge(from.types)
      into.spending.merge(from.spending)
    },
  },
  finish: (acc, { key: hour, keys: customers }) => ({
    transaction_type_distribution: acc.types,
    spending_by_type: acc.spending,
    active_customers: customers.unique,
    customer_activity: Object.fromEntries(customers.top),
    peak_periods: PEAKS.filter(({ first, last }) => hour >= first && hour <= last).map(({ name }) => name),
  }),
})
