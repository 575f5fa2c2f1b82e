import { averageMinor, minutes, RESULTS } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { countBy, defineWindowJob, max, min, sum } from './window-job.ts'

/** What each customer moved: amounts, fees and kinds of transactions, every status. */
export const transactionMetrics = defineWindowJob({
  id: 'transaction_metrics',
  result: RESULTS.transaction_metrics,
  window: tumbling(minutes(5)),
  key: (tx) => tx.customerId,
  aggregate: {
    totalMinor: sum('amountUsdMinor'),
    minMinor: min('amountUsdMinor'),
    maxMinor: max('amountUsdMinor'),
    feesMinor: sum('feeMinor'),
    types: countBy('type'),
  },
  finish: ({ totalMinor, minMinor, maxMinor, feesMinor, types }, { count }) => ({
    total_amount: totalMinor,
    average_amount: averageMinor(totalMinor, count),
    min_amount: minMinor,
    max_amount: maxMinor,
    total_fees: feesMinor,
    type_distribution: types,
  }),
})
