import { averageMinor, minutes, RESULTS } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { countBy, defineWindowJob, sum } from './window-job.ts'

/** Volume, fees and success of each transaction type, minute by minute, every status. */
export const dashboardMetrics = defineWindowJob({
  id: 'dashboard_metrics',
  result: RESULTS.dashboard_metrics,
  window: tumbling(minutes(1)),
  key: (tx) => tx.type,
  aggregate: {
    volumeMinor: sum('amountUsdMinor'),
    feesMinor: sum('feeMinor'),
    statuses: countBy('status'),
    riskLevels: countBy('riskLevel'),
  },
  finish: ({ volumeMinor, feesMinor, statuses, riskLevels }, { count }) => ({
    total_volume: volumeMinor,
    average_transaction_value: averageMinor(volumeMinor, count),
    total_fees: feesMinor,
    success_rate: (statuses.get('COMPLETED') ?? 0) / count,
    status_distribution: statuses,
    risk_distribution: riskLevels,
  }),
})
