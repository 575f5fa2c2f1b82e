import { addMinor, formatAverage, formatMinor, minutes, RESULTS, ZERO_MINOR } from '@fintech-streams/contracts'
import { Distribution, tumbling } from '@fintech-streams/engine'
import { defineWindowJob } from './window-job.ts'

/** Volume, fees and success of each transaction type, minute by minute, every status. */
export const dashboardMetrics = defineWindowJob({
  id: 'dashboard_metrics',
  result: RESULTS.dashboard_metrics,
  window: tumbling(minutes(1)),
  key: (tx) => tx.type,
  aggregate: {
    create: () => ({
      volumeMinor: ZERO_MINOR,
      feesMinor: ZERO_MINOR,
      statuses: new Distribution(),
      riskLevels: new Distribution(),
    }),
    add: (acc, tx) => {
      acc.volumeMinor = addMinor(acc.volumeMinor, tx.amountUsdMinor)
      acc.feesMinor = addMinor(acc.feesMinor, tx.feeMinor)
      acc.statuses.increment(tx.status)
      acc.riskLevels.increment(tx.riskLevel)
    },
    merge: (into, from) => {
      into.volumeMinor = addMinor(into.volumeMinor, from.volumeMinor)
      into.feesMinor = addMinor(into.feesMinor, from.feesMinor)
      into.statuses.merge(from.statuses)
      into.riskLevels.merge(from.riskLevels)
    },
  },
  finish: (acc, { count }) => ({
    total_volume: formatMinor(acc.volumeMinor),
    average_transaction_value: formatAverage(acc.volumeMinor, count),
    total_fees: formatMinor(acc.feesMinor),
    success_rate: (acc.statuses.get('COMPLETED') ?? 0) / count,
    status_distribution: acc.statuses,
    risk_distribution: acc.riskLevels,
  }),
})
