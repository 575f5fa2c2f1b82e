/** What the type checker must refuse in a job. Nothing here runs: `npm run typecheck` is the test. */
import { minutes, RESULTS } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { defineTransactionJob } from '@fintech-streams/rules'
import { defineWindowJob, sum } from './window-job.ts'

const declaration = {
  id: 'dashboard_metrics',
  result: RESULTS.dashboard_metrics,
  window: tumbling(minutes(1)),
  aggregate: { fees: sum('feeMinor') },
} as const

const fields = {
  total_volume: '0.00',
  average_transaction_value: '0.00',
  total_fees: '0.00',
  success_rate: 0,
  status_distribution: {},
}

export const right = defineWindowJob({
  ...declaration,
  key: (tx) => tx.type,
  finish: (acc, { count }) => ({ ...fields, success_rate: Number(acc.fees) / count, risk_distribution: { LOW: 1 } }),
})

export const missingField = defineWindowJob({
  ...declaration,
  key: (tx) => tx.type,
  // @ts-expect-error risk_distribution is declared
  finish: () => ({ ...fields }),
})

export const unknownField = defineWindowJob({
  ...declaration,
  key: (tx) => tx.type,
  // @ts-expect-error median is not declared
  finish: () => ({ ...fields, risk_distribution: {}, median: '0.00' }),
})

export const wrongType = defineWindowJob({
  ...declaration,
  key: (tx) => tx.type,
  // @ts-expect-error success_rate is a number
  finish: () => ({ ...fields, risk_distribution: {}, success_rate: '0' }),
})

export const wrongAggregate = defineWindowJob({
  ...declaration,
  key: (tx) => tx.type,
  // @ts-expect-error no aggregate is called volume
  finish: (acc) => ({ ...fields, risk_distribution: {}, success_rate: acc.volume }),
})

export const wrongKey = defineWindowJob({
  ...declaration,
  // @ts-expect-error a transaction type is a text
  key: (tx) => tx.eventTimeMs,
  finish: () => ({ ...fields, risk_distribution: {} }),
})

export const wrongField = defineWindowJob({
  ...declaration,
  key: (tx) => tx.type,
  // @ts-expect-error a city is no amount
  aggregate: { fees: sum('city') },
  finish: () => ({ ...fields, risk_distribution: {} }),
})

const verdict = {
  transaction_id: '',
  customer_id: '',
  account_id: null,
  amount_usd: '0.00',
  verdict: 'NORMAL',
  fraud_score: 0,
  evidence: {},
  rule_version: '',
}
const judged = { id: 'fraud_detection', result: RESULTS.fraud_detection } as const

export const judges = defineTransactionJob({
  ...judged,
  judge: (tx, earlier) => (earlier.count === 0 ? undefined : { ...verdict, event_time: tx.customerId }),
})

// @ts-expect-error event_time is declared
export const missingJudgedField = defineTransactionJob({ ...judged, judge: () => verdict })

export const unknownJudgedField = defineTransactionJob({
  ...judged,
  // @ts-expect-error mood is not declared
  judge: () => ({ ...verdict, event_time: '', mood: '' }),
})
