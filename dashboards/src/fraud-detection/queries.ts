import { ALERT_SCORE } from '../dashboard.ts'
import { newest, overTime, per, ranked, share, total } from '../select.ts'
import { ALERTS, ANOMALIES, VOLUME } from '../sources.ts'

const CHOSEN = 'tier in (${tier:sqlstring}) and verdict in (${verdict:sqlstring})'
const ALERTING = `${CHOSEN} and fraud_score >= ${ALERT_SCORE}`
const alerts = { from: ALERTS, where: CHOSEN } as const
const anomalies = { from: ANOMALIES, where: 'tier in (${tier:sqlstring})' } as const

/** Alerts of all tiers and verdicts beside all transactions: a share needs both from everything. */
const ALERT_RATE = `
with ${VOLUME.cte},
${ALERTS.cte},
alerting as (
  select $__timeGroup(time, $__interval) as step, count(*) as alerts from alerts
  where fraud_score >= ${ALERT_SCORE}
  group by 1
),
everything as (select $__timeGroup(time, $__interval) as step, sum(transactions) as transactions from volume group by 1)
select step as time, ${share('coalesce(alerts, 0)', 'transactions')} as rate
from everything left join alerting using (step)
order by 1`

export const SQL = {
  alerts: total({ from: ALERTS, where: ALERTING, values: { alerts: 'count(*)' } }),
  amount: total({ from: ALERTS, where: ALERTING, values: { amount: 'coalesce(sum(amount_usd), 0)' } }),
  customers: total({ from: ALERTS, where: ALERTING, values: { customers: 'count(distinct customer_id)' } }),
  score: total({ ...alerts, values: { score: 'coalesce(max(fraud_score), 0)' } }),
  anomalies: total({ ...anomalies, values: { anomalies: 'count(*)' } }),
  rate: `
with ${VOLUME.cte},
${ALERTS.cte}
select ${share(
    `(select count(*) from alerts where fraud_score >= ${ALERT_SCORE})`,
    '(select sum(transactions) from volume)',
  )} as rate`,

  alertsByVerdict: overTime({ ...alerts, by: 'verdict', values: { alerts: per('hour', ALERTS, 'count(*)') } }),
  rateOverTime: ALERT_RATE,
  amountByVerdict: overTime({ ...alerts, by: 'verdict', values: { amount: per('hour', ALERTS, 'sum(amount_usd)') } }),
  anomaliesByType: overTime({
    ...anomalies,
    by: 'anomaly_type',
    values: { anomalies: per('hour', ANOMALIES, 'count(*)') },
  }),

  verdicts: ranked({ ...alerts, by: 'verdict', values: { alerts: 'count(*)' }, order: '2 desc', limit: 5 }),
  tiers: ranked({
    ...alerts,
    by: 'tier',
    values: { alerts: 'count(*)', customers: 'count(distinct customer_id)' },
    order: '2 desc',
    limit: 4,
  }),
  countries: ranked({ ...alerts, by: 'country', values: { alerts: 'count(*)' }, order: '2 desc', limit: 15 }),
  sizes: ranked({
    ...alerts,
    by: {
      size: `case when amount_usd < 100 then 'to 100' when amount_usd < 1000 then '100 to 1,000'
    when amount_usd < 10000 then '1,000 to 10,000' else 'over 10,000' end`,
    },
    values: { alerts: 'count(*)' },
    order: 'min(amount_usd)',
    limit: 4,
  }),

  latest: newest({
    ...alerts,
    values: {
      verdict: 'verdict',
      fraud_score: 'fraud_score',
      amount_usd: 'amount_usd',
      tier: 'tier',
      country: 'country',
      customer_id: 'customer_id::text',
      transaction_id: 'transaction_id::text',
      evidence: 'evidence::text',
    },
    limit: 100,
  }),
  topCustomers: ranked({
    ...alerts,
    by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
    values: {
      alerts: 'count(*)',
      amount: 'sum(amount_usd)',
      highest_score: 'max(fraud_score)',
      latest: 'max(time)',
    },
    order: '4 desc, 5 desc',
    limit: 50,
  }),
  latestAnomalies: newest({
    ...anomalies,
    values: {
      anomaly_type: 'anomaly_type',
      anomaly_score: 'anomaly_score',
      tier: 'tier',
      customer_id: 'customer_id::text',
      transaction_id: 'transaction_id::text',
      description: 'description',
    },
    limit: 100,
  }),
  cases: `
select alert_type as alert, count(*) filter (where severity = 'LOW') as low,
  count(*) filter (where severity = 'MEDIUM') as medium,
  count(*) filter (where severity = 'HIGH') as high,
  count(*) filter (where severity = 'CRITICAL') as critical,
  count(*) filter (where status = 'OPEN') as open,
  round(avg(confidence_score), 3) as confidence
from fraud_alerts
where $__timeFilter(created_at)
group by 1
order by count(*) desc
limit 20`,
} as const
