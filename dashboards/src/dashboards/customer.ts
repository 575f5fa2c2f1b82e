import { type DashboardValue } from '../dashboard.ts'
import { countryLinks, customerLinks, transactionLinks } from '../links.ts'
import { badFrom, goodFrom, warnFrom } from '../panel.ts'
import { inWords, sumsOverTime } from '../select.ts'
import { spendingOf } from '../sources.ts'
import { consoleAddress, customer, transaction } from '../variables.ts'

const CUSTOMER = 'customer_id = ${customer_id:sqlstring}::uuid'
const SPENT = spendingOf(CUSTOMER)

/** The customer's windows: the keys of the tables find them, so this is quick for any range. */
const windows = (table: string): string => `analytics.${table}\nwhere ${CUSTOMER} and $__timeFilter(window_start)`

/** One customer, and one of its transactions: what the links of the others lead to. */
export const customerDashboard: DashboardValue = {
  uid: 'customer',
  title: 'Customer',
  description: 'One customer, and one of its transactions.',
  variables: [customer, transaction, consoleAddress],
  refresh: '30s',
  rows: {
    Who: [
      {
        kind: 'table',
        title: 'Profile',
        description: 'Without names and addresses, which Grafana may not read.',
        height: 5,
        columns: { country: countryLinks },
        sql: `
select tier, kyc_status as kyc, country, city, risk_score, credit_score, created_at as since
from customers
where ${CUSTOMER}`,
      },
      {
        kind: 'table',
        title: 'Accounts',
        description: 'As they are now, in their own currencies.',
        height: 5,
        sql: `
select account_type as type, status, currency, balance, credit_limit
from accounts
where ${CUSTOMER}
order by balance desc
limit 20`,
      },
    ],
    Totals: [
      {
        kind: 'stat',
        title: 'Amount',
        description: 'Sum of amount_usd in the range shown.',
        unit: 'currencyUSD',
        sql: `select coalesce(sum(total_amount), 0) as amount from ${windows('transaction_metrics')}`,
      },
      {
        kind: 'stat',
        title: 'Transactions',
        description: 'Every status.',
        sql: `select coalesce(sum(transaction_count), 0) as transactions from ${windows('transaction_metrics')}`,
      },
      {
        kind: 'stat',
        title: 'Fraud verdicts',
        description: 'Transactions whose verdict is not NORMAL.',
        thresholds: badFrom(1),
        sql: `
select count(*) as alerts
from analytics.fraud_detection
where ${CUSTOMER} and verdict <> 'NORMAL' and $__timeFilter(event_time)`,
      },
      {
        kind: 'stat',
        title: 'Highest risk score',
        description: 'From 0 to 100, of windows of ten minutes.',
        thresholds: warnFrom(50, 75),
        decimals: 1,
        sql: `select coalesce(max(risk_score), 0) as score from ${windows('risk_analytics')}`,
      },
      {
        kind: 'stat',
        title: 'Lowest compliance score',
        description: 'Of windows of half an hour. Below 0.7 a review is required.',
        unit: 'percentunit',
        thresholds: goodFrom(0.7),
        decimals: 1,
        sql: `select coalesce(min(compliance_score), 1) as score from ${windows('compliance_monitoring')}`,
      },
      {
        kind: 'stat',
        title: 'High-risk transactions',
        description: 'Of risk level HIGH or CRITICAL.',
        thresholds: badFrom(1),
        sql: `select coalesce(sum(high_risk_transactions), 0) as transactions from ${windows('risk_analytics')}`,
      },
    ],
    Transaction: [
      {
        kind: 'table',
        title: 'One transaction',
        description: 'The one that a link led to, or the variable names; else the latest alert, or the latest of all.',
        span: 24,
        height: 4,
        columns: { amount_usd: 'currencyUSD', country: countryLinks },
        sql: `
with chosen as (
  select coalesce(
    nullif(\${transaction_id:sqlstring}, '')::uuid,
    (select transaction_id from analytics.fraud_detection
     where ${CUSTOMER} and verdict <> 'NORMAL' order by event_time desc limit 1),
    (select transaction_id from analytics.fraud_detection
     where ${CUSTOMER} order by event_time desc limit 1)
  ) as transaction_id
)
select transactions.created_at as time, transaction_type as type, status, amount, currency, transactions.amount_usd,
  fee_amount as fee, channel,
  merchants.name as merchant, merchant_category as category, transaction_location ->> 'city' as city,
  transaction_location ->> 'country' as country, is_cross_border as cross_border, transactions.risk_level,
  array_to_string(compliance_flags, ', ') as flags, verdict, fraud_score,
  ${inWords('fraud_detection.evidence')} as evidence, anomaly_type,
  transaction_id::text as transaction_id
from chosen join transactions using (transaction_id)
  left join merchants using (merchant_id)
  left join analytics.fraud_detection using (transaction_id)
  left join analytics.anomaly_detection using (transaction_id)`,
      },
    ],
    Latest: [
      {
        kind: 'table',
        title: 'Latest transactions',
        description: 'With their verdicts. A transaction is a link: it then stands above.',
        unit: 'currencyUSD',
        height: 10,
        columns: { fraud_score: 'percentunit', customer_id: customerLinks, transaction_id: transactionLinks },
        sql: `
select event_time as time, verdict, fraud_score, amount_usd, ${inWords('evidence')} as evidence,
  customer_id::text as customer_id, transaction_id::text as transaction_id
from analytics.fraud_detection
where ${CUSTOMER} and $__timeFilter(event_time)
order by event_time desc
limit 50`,
      },
      {
        kind: 'table',
        title: 'Compliance',
        description: 'Windows of half an hour, the newest first.',
        height: 10,
        columns: { compliance_score: 'percentunit', amount: 'currencyUSD' },
        sql: `
select window_start as time, compliance_score, requires_review, flagged_count as flagged,
  total_violation_amount as amount, ${inWords('violation_types')} as flags
from ${windows('compliance_monitoring')}
order by window_start desc
limit 50`,
      },
    ],
    'Over time': [
      {
        kind: 'timeSeries',
        title: 'Amounts',
        description: 'Sum of each step, and its largest transaction.',
        unit: 'currencyUSD',
        span: 12,
        interval: '5m',
        sql: sumsOverTime({ from: SPENT, values: { amount: 'sum(amount)', largest: 'max(largest)' } }),
      },
      {
        kind: 'timeSeries',
        title: 'Number of transactions',
        description: 'Of each step.',
        span: 12,
        interval: '5m',
        sql: sumsOverTime({ from: SPENT, values: { transactions: 'sum(transactions)' } }),
      },
      {
        kind: 'timeSeries',
        title: 'Risk score',
        description: 'Of windows of ten minutes, from 0 to 100.',
        max: 100,
        span: 12,
        interval: '10m',
        sql: `
select $__timeGroupAlias(window_start, $__interval), avg(risk_score) as mean, max(risk_score) as highest
from ${windows('risk_analytics')}
group by 1
order by 1`,
      },
      {
        kind: 'timeSeries',
        title: 'Habits',
        description: 'Share of the commonest city and device, and concentration of spending on few categories.',
        unit: 'percentunit',
        max: 1,
        span: 12,
        interval: '15m',
        sql: `
select $__timeGroupAlias(window_start, $__interval), avg(location_consistency) as place,
  avg(device_consistency) as device, avg(spending_pattern) as concentration
from ${windows('customer_behavior')}
group by 1
order by 1`,
      },
    ],
    Mix: [
      {
        kind: 'pie',
        title: 'Categories',
        description: 'Amount by merchant category; NONE is without a merchant.',
        unit: 'currencyUSD',
        sql: `
select category, sum(amount::numeric) as amount
from ${windows('customer_behavior, jsonb_each_text(spending_by_category) as spent (category, amount)')}
group by 1
order by 2 desc
limit 15`,
      },
      {
        kind: 'bars',
        title: 'Channels',
        description: 'Transactions.',
        sql: `
select channel, sum(transactions::bigint) as transactions
from ${windows('customer_behavior, jsonb_each_text(channel_usage) as used (channel, transactions)')}
group by 1
order by 2 desc
limit 5`,
      },
      {
        kind: 'bars',
        title: 'Risk factors',
        description: 'Transactions that have each.',
        sql: `
select factor, sum(transactions::bigint) as transactions
from ${windows('risk_analytics, jsonb_each_text(risk_factors) as seen (factor, transactions)')}
group by 1
order by 2 desc
limit 5`,
      },
    ],
  },
}
