import { averageMinor, minutes, RESULTS, type Transaction } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { count, countBy, defineWindowJob, keyCounts, sum, sumBy, TOP_CUSTOMERS } from './window-job.ts'

const isCompleted = ({ status }: Transaction): boolean => status === 'COMPLETED'

/** What each merchant sold and to whom. Only COMPLETED is revenue; everything else counts every status. */
export const merchantAnalysis = defineWindowJob({
  id: 'merchant_analysis',
  result: RESULTS.merchant_analysis,
  window: tumbling(minutes(10)),
  key: (tx) => tx.merchantId,
  aggregate: {
    completed: count({ when: isCompleted }),
    revenueMinor: sum('amountUsdMinor', { when: isCompleted }),
    ranges: sumBy((tx) => amountRange(tx.amountUsdMinor), 'amountUsdMinor'),
    cities: countBy('city'),
    customers: keyCounts(TOP_CUSTOMERS),
  },
  finish: ({ completed, revenueMinor, ranges, cities, customers }) => ({
    total_revenue: revenueMinor,
    average_transaction_value: completed === 0 ? null : averageMinor(revenueMinor, completed),
    unique_customers: customers.unique,
    customer_retention: customers.returning / customers.unique,
    customer_distribution: Object.fromEntries(customers.top),
    amount_distribution: ranges,
    locations: cities,
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
