import { ALERT_SCORE, type DashboardValue, fraudAlerts } from '../dashboard.ts'
import { countryLinks, customerLinks, transactionLinks } from '../links.ts'
import { badFrom, warnFrom } from '../panel.ts'
import { inWords, newest, per, ranked, share, sumsOverTime, total } from '../select.ts'
import { ALERTS, ANOMALIES, VOLUME } from '../sources.ts'
import { consoleAddress, tier, verdict } from '../variables.ts'

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

/** For the fraud analyst: what to look at next, and whether something new goes on. */
export const fraudDetection: DashboardValue = {
  uid: 'fraud-detection',
  title: 'Fraud Detection',
  description: 'What to look at next, and whether something new goes on.',
  variables: [tier, verdict, consoleAddress],
  annotations: [fraudAlerts],
  refresh: '10s',
  rows: {
    Totals: [
      {
        kind: 'stat',
        title: 'Alerts',
        description: 'Verdicts of score 0.6 or more, in the range shown.',
        sql: total({ from: ALERTS, where: ALERTING, values: { alerts: 'count(*)' } }),
      },
      {
        kind: 'stat',
        title: 'Alert rate',
        description: 'Alerts of all transactions, whatever tier and verdict.',
        unit: 'percentunit',
        thresholds: warnFrom(0.01, 0.03),
        decimals: 3,
        sql: `
with ${VOLUME.cte},
${ALERTS.cte}
select ${share(
          `(select count(*) from alerts where fraud_score >= ${ALERT_SCORE})`,
          '(select sum(transactions) from volume)',
        )} as rate`,
      },
      {
        kind: 'stat',
        title: 'Amount alerted',
        description: 'Sum of amount_usd of the alerts.',
        unit: 'currencyUSD',
        sql: total({ from: ALERTS, where: ALERTING, values: { amount: 'coalesce(sum(amount_usd), 0)' } }),
      },
      {
        kind: 'stat',
        title: 'Customers alerted',
        description: 'Different customers with an alert.',
        sql: total({ from: ALERTS, where: ALERTING, values: { customers: 'count(distinct customer_id)' } }),
      },
      {
        kind: 'stat',
        title: 'Highest score',
        description: 'Of verdicts that are not NORMAL.',
        unit: 'percentunit',
        thresholds: badFrom(0.8),
        sql: total({ ...alerts, values: { score: 'coalesce(max(fraud_score), 0)' } }),
      },
      {
        kind: 'stat',
        title: 'Anomalies',
        description: 'Outliers, unusual categories and bursts. Most are no fraud: they are where to look next.',
        sql: total({ ...anomalies, values: { anomalies: 'count(*)' } }),
      },
    ],
    Latest: [
      {
        kind: 'table',
        title: 'Latest alerts',
        description: 'With the numbers that the rule compared. The customer and the transaction are links.',
        span: 24,
        height: 10,
        columns: {
          fraud_score: 'percentunit',
          amount_usd: 'currencyUSD',
          country: countryLinks,
          customer_id: customerLinks,
          transaction_id: transactionLinks,
        },
        sql: newest({
          ...alerts,
          values: `verdict, fraud_score, amount_usd, tier, country, customer_id::text, transaction_id::text,
            ${inWords('evidence')} as evidence`,
          limit: 100,
        }),
      },
    ],
    'Over time': [
      {
        kind: 'stacked',
        title: 'Alerts an hour',
        description: 'By verdict, the rule that matched first.',
        span: 12,
        sql: sumsOverTime({ ...alerts, by: 'verdict', values: { alerts: per('hour', ALERTS, 'count(*)') } }),
      },
      {
        kind: 'timeSeries',
        title: 'Alert rate over time',
        description: 'A step up without a step of the volume is an attack or a rule that went wrong.',
        unit: 'percentunit',
        span: 12,
        thresholds: warnFrom(0.01, 0.03),
        sql: ALERT_RATE,
      },
      {
        kind: 'stacked',
        title: 'Amount alerted an hour',
        description: 'Sum of amount_usd by verdict.',
        unit: 'currencyUSD',
        span: 12,
        sql: sumsOverTime({ ...alerts, by: 'verdict', values: { amount: per('hour', ALERTS, 'sum(amount_usd)') } }),
      },
      {
        kind: 'stacked',
        title: 'Anomalies an hour',
        description: 'By kind.',
        span: 12,
        sql: sumsOverTime({
          ...anomalies,
          by: 'anomaly_type',
          values: { anomalies: per('hour', ANOMALIES, 'count(*)') },
        }),
      },
    ],
    'Who and how much': [
      {
        kind: 'pie',
        title: 'Verdicts',
        description: 'Which rule matched first.',
        span: 6,
        sql: ranked({ ...alerts, by: 'verdict', values: { alerts: 'count(*)' }, order: '2 desc', limit: 5 }),
      },
      {
        kind: 'bars',
        title: 'By tier',
        description: 'Alerts and how many customers they are of.',
        span: 6,
        sql: ranked({
          ...alerts,
          by: 'tier',
          values: { alerts: 'count(*)', customers: 'count(distinct customer_id)' },
          order: '2 desc',
          limit: 4,
        }),
      },
      {
        kind: 'barGauge',
        title: 'By home country',
        description: 'Alerts by where the customers live.',
        span: 6,
        sql: ranked({ ...alerts, by: 'country', values: { alerts: 'count(*)' }, order: '2 desc', limit: 15 }),
      },
      {
        kind: 'columns',
        title: 'By amount',
        description: 'Alerts by amount_usd.',
        span: 6,
        sql: ranked({
          ...alerts,
          by: {
            size: `case when amount_usd < 100 then 'to 100' when amount_usd < 1000 then '100 to 1,000'
    when amount_usd < 10000 then '1,000 to 10,000' else 'over 10,000' end`,
          },
          values: { alerts: 'count(*)' },
          order: 'min(amount_usd)',
          limit: 4,
        }),
      },
    ],
    'To look into': [
      {
        kind: 'table',
        title: 'Customers with most alerts',
        description: 'Where to begin.',
        columns: {
          amount: 'currencyUSD',
          highest_score: 'percentunit',
          country: countryLinks,
          customer_id: customerLinks,
        },
        sql: ranked({
          ...alerts,
          by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
          values: `count(*) as alerts, sum(amount_usd) as amount, max(fraud_score) as highest_score,
            max(time) as latest`,
          order: '4 desc, 5 desc',
          limit: 50,
        }),
      },
      {
        kind: 'table',
        title: 'Latest anomalies',
        description: 'With what is unusual about them.',
        columns: { customer_id: customerLinks, transaction_id: transactionLinks },
        sql: newest({
          ...anomalies,
          values: 'anomaly_type, anomaly_score, tier, customer_id::text, transaction_id::text, description',
          limit: 100,
        }),
      },
    ],
    'Beside the rules': [
      {
        kind: 'table',
        title: 'Cases',
        description: "Alerts that the platform's own systems raised (table fraud_alerts), by kind and severity.",
        columns: { confidence: 'percentunit' },
        sql: `
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
      },
      {
        kind: 'table',
        title: 'Anomalies as they come',
        description:
          'Straight from Kafka, before they are in Postgres. Needs the Kafka data source plugin, which Grafana downloads ' +
          'at its first start; without it this panel alone stays empty.',
        kafka: 'fintech.analytics.anomaly_detection',
      },
    ],
  },
}
