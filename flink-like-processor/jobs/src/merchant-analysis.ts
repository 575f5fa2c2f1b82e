import { addMinor, formatAverage, formatMinor, minutes, RESULTS, ZERO_MINOR } from '@fintech-streams/contracts'
import { AmountDistribution, Distribution, tumbling } from '@fintech-streams/engine'
import { customerCounts } from './customer-counts.ts'
import { defineWindowJob } from './window-job.ts'

/** What each merchant sold and to whom. Only COMPLETED is revenue; everything else counts every status. */
export const merchantAnalysis = defineWindowJob({
  id: 'merchant_analysis',
  result: RESULTS.merchant_analysis,
  window: tumbling(minutes(10)),
  key: (tx) => tx.merchantId,
  keys: customerCounts,
  aggregate: {
    create: () => ({
      completed: 0,
      revenueMinor: ZERO_MINOR,
      ranges: new AmountDistribution(),
      cities: new Distribution(),
    }),
    add: (acc, tx) => {
      if (tx.status === 'COMPLETED') {
        acc.completed += 1
        acc.revenueMinor = addMinor(acc.revenueMinor, tx.amountUsdMinor)
      }
      acc.ranges.add(amountRange(tx.amountUsdMinor), tx.amountUsdMinor)
      if (tx.city !== undefined) acc.cities.increment(tx.city)
    },
    merge: (into, from) => {
      into.completed += from.completed
      into.revenueMinor = addMinor(into.revenueMinor, from.revenueMinor)
      into.ranges.merge(from.ranges)
      into.cities.merge(from.cities)
    },
  },
  finish: (acc, { keys: customers }) => ({
    total_revenue: formatMinor(acc.revenueMinor),
    average_transaction_value: acc.completed === 0 ? null : formatAverage(acc.revenueMinor, acc.completed),
    unique_customers: customers.unique,
    customer_retention: customers.returning / customers.unique,
    customer_distribution: Object.fromEntries(customers.top),
    amount_distribution: acc.ranges,
    locations: acc.cities,
  }),
})

/** The range of an amount in USD; a range's lower bound belongs to it. */
function amountRange(amountMinor: number): string {
  if (amountMinor < 50_00) return '0-50'
  if (amountMinor < 200_00) return '50-200'
  if (amountMinor < 1_000_00) return '200-1000'
  if (amountMinor < 10_000_00) return '1000-10000'
  return '10000+'
}
