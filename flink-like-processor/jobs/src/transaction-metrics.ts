import { addMinor, formatAverage, formatMinor, minutes, RESULTS, ZERO_MINOR } from '@fintech-streams/contracts'
import { Distribution, tumbling } from '@fintech-streams/engine'
import { defineWindowJob } from './window-job.ts'

/** What each customer moved: amounts, fees and kinds of transactions, every status. */
export const transactionMetrics = defineWindowJob({
  id: 'transaction_metrics',
  result: RESULTS.transaction_metrics,
  window: tumbling(minutes(5)),
  key: (tx) => tx.customerId,
  aggregate: {
    // The extremes start at what any amount replaces, so a fresh accumulator changes nothing it is merged with.
    create: () => ({
      totalMinor: ZERO_MINOR,
      minMinor: Number.MAX_SAFE_INTEGER,
      maxMinor: 0,
      feesMinor: ZERO_MINOR,
      types: new Distribution(),
    }),
    add: (acc, tx) => {
      acc.totalMinor = addMinor(acc.totalMinor, tx.amountUsdMinor)
      acc.minMinor = Math.min(acc.minMinor, tx.amountUsdMinor)
      acc.maxMinor = Math.max(acc.maxMinor, tx.amountUsdMinor)
      acc.feesMinor = addMinor(acc.feesMinor, tx.feeMinor)
      acc.types.increment(tx.type)
    },
    merge: (into, from) => {
      into.totalMinor = addMinor(into.totalMinor, from.totalMinor)
      into.minMinor = Math.min(into.minMinor, from.minMinor)
      into.maxMinor = Math.max(into.maxMinor, from.maxMinor)
      into.feesMinor = addMinor(into.feesMinor, from.feesMinor)
      into.types.merge(from.types)
    },
  },
  finish: (acc, { count }) => ({
    total_amount: formatMinor(acc.totalMinor),
    average_amount: formatAverage(acc.totalMinor, count),
    min_amount: formatMinor(acc.minMinor),
    max_amount: formatMinor(acc.maxMinor),
    total_fees: formatMinor(acc.feesMinor),
    type_distribution: acc.types,
  }),
})
