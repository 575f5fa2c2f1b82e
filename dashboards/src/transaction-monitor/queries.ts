import { newest, overTime, per, ranked, share, total } from '../select.ts'
import { HOURS, VERDICTS, VOLUME } from '../sources.ts'

const OF_TYPE = 'transaction_type in (${type:sqlstring})'
const by = 'transaction_type'
const of = { from: VOLUME, where: OF_TYPE } as const
const ADVERSE = 'sum(failed + declined)'

export const SQL = {
  transactions: total({ ...of, values: { transactions: 'sum(transactions)' } }),
  volume: total({ ...of, values: { amount: 'sum(amount)' } }),
  average: total({ ...of, values: { average: 'sum(amount) / nullif(sum(transactions), 0)' } }),
  fees: total({ ...of, values: { fees: 'sum(fees)' } }),
  successRate: total({ ...of, values: { rate: share('sum(completed)', 'sum(transactions)') } }),
  highRiskRate: total({ ...of, values: { rate: share('sum(high + critical)', 'sum(transactions)') } }),

  rateByType: overTime({ ...of, by, values: { transactions: per('minute', VOLUME, 'sum(transactions)') } }),
  volumeByType: overTime({ ...of, by, values: { amount: per('minute', VOLUME, 'sum(amount)') } }),
  averageByType: overTime({ ...of, by, values: { average: 'sum(amount) / nullif(sum(transactions), 0)' } }),

  statuses: overTime({
    ...of,
    values: Object.fromEntries(
      ['completed', 'pending', 'failed', 'declined'].map((status) => [status, per('minute', VOLUME, `sum(${status})`)]),
    ),
  }),
  successByType: overTime({ ...of, by, values: { rate: share('sum(completed)', 'sum(transactions)') } }),
  adverseByType: ranked({
    ...of,
    by,
    values: {
      failed: share('sum(failed)', 'sum(transactions)'),
      declined: share('sum(declined)', 'sum(transactions)'),
    },
    order: `${share(ADVERSE, 'sum(transactions)')} desc`,
    limit: 8,
  }),

  levels: overTime({
    ...of,
    values: Object.fromEntries(
      ['medium', 'high', 'critical'].map((level) => [level, per('minute', VOLUME, `sum(${level})`)]),
    ),
  }),
  shares: ranked({ ...of, by, values: { transactions: 'sum(transactions)' }, order: '2 desc', limit: 8 }),
  feesByType: ranked({ ...of, by, values: { fees: 'sum(fees)' }, order: '2 desc', limit: 8 }),

  summary: ranked({
    ...of,
    by: { type: by },
    values: {
      transactions: 'sum(transactions)',
      amount: 'sum(amount)',
      average: 'sum(amount) / nullif(sum(transactions), 0)',
      fees: 'sum(fees)',
      success: share('sum(completed)', 'sum(transactions)'),
      high_risk: 'sum(high + critical)',
    },
    order: '3 desc',
    limit: 8,
  }),
  latest: newest({
    from: VERDICTS,
    values: {
      amount_usd: 'amount_usd',
      verdict: 'verdict',
      fraud_score: 'fraud_score',
      customer_id: 'customer_id::text',
      transaction_id: 'transaction_id::text',
    },
    limit: 50,
  }),
  hours: ranked({
    from: HOURS,
    by: { hour: "to_char(hour, 'FM00')" },
    values: { transactions: 'sum(transactions)' },
    order: '1',
    limit: 24,
  }),
  activeCustomers: overTime({ from: HOURS, values: { customers: 'max(active_customers)' } }),
} as const
