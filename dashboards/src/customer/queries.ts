const CUSTOMER = 'customer_id = ${customer_id:sqlstring}::uuid'

/** A customer's windows are found by the tables' keys, so these are quick for any range. */
export const SQL = {
  profile: `
select tier, kyc_status as kyc, country, city, risk_score, credit_score, created_at as since
from customers
where ${CUSTOMER}`,
  accounts: `
select account_type as type, status, currency, balance, credit_limit
from accounts
where ${CUSTOMER}
order by balance desc
limit 20`,

  amount: `
select coalesce(sum(total_amount), 0) as amount
from analytics.transaction_metrics
where ${CUSTOMER} and $__timeFilter(window_start)`,
  transactions: `
select coalesce(sum(transaction_count), 0) as transactions
from analytics.transaction_metrics
where ${CUSTOMER} and $__timeFilter(window_start)`,
  alerts: `
select count(*) as alerts
from analytics.fraud_detection
where ${CUSTOMER} and verdict <> 'NORMAL' and $__timeFilter(event_time)`,
  risk: `
select coalesce(max(risk_score), 0) as score
from analytics.risk_analytics
where ${CUSTOMER} and $__timeFilter(window_start)`,
  compliance: `
select coalesce(min(compliance_score), 1) as score
from analytics.compliance_monitoring
where ${CUSTOMER} and $__timeFilter(window_start)`,
  highRisk: `
select coalesce(sum(high_risk_transactions), 0) as transactions
from analytics.risk_analytics
where ${CUSTOMER} and $__timeFilter(window_start)`,

  amountOverTime: `
select $__timeGroupAlias(window_start, $__interval), sum(total_amount) as amount, max(max_amount) as largest
from analytics.transaction_metrics
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 1`,
  transactionsOverTime: `
select $__timeGroupAlias(window_start, $__interval), sum(transaction_count) as transactions
from analytics.transaction_metrics
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 1`,
  riskOverTime: `
select $__timeGroupAlias(window_start, $__interval), avg(risk_score) as mean, max(risk_score) as highest
from analytics.risk_analytics
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 1`,
  habits: `
select $__timeGroupAlias(window_start, $__interval), avg(location_consistency) as place,
  avg(device_consistency) as device, avg(spending_pattern) as concentration
from analytics.customer_behavior
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 1`,

  categories: `
select category, sum(amount::numeric) as amount
from analytics.customer_behavior, jsonb_each_text(spending_by_category) as spent (category, amount)
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 2 desc
limit 15`,
  channels: `
select channel, sum(transactions::bigint) as transactions
from analytics.customer_behavior, jsonb_each_text(channel_usage) as used (channel, transactions)
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 2 desc
limit 5`,
  factors: `
select factor, sum(transactions::bigint) as transactions
from analytics.risk_analytics, jsonb_each_text(risk_factors) as seen (factor, transactions)
where ${CUSTOMER} and $__timeFilter(window_start)
group by 1
order by 2 desc
limit 5`,

  verdicts: `
select event_time as time, verdict, fraud_score, amount_usd, evidence::text as evidence,
  customer_id::text as customer_id, transaction_id::text as transaction_id
from analytics.fraud_detection
where ${CUSTOMER} and $__timeFilter(event_time)
order by event_time desc
limit 50`,
  compliances: `
select window_start as time, compliance_score, requires_review, flagged_count as flagged,
  total_violation_amount as amount, violation_types::text as flags
from analytics.compliance_monitoring
where ${CUSTOMER} and $__timeFilter(window_start)
order by window_start desc
limit 50`,

  transaction: `
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
  array_to_string(compliance_flags, ', ') as flags, verdict, fraud_score, fraud_detection.evidence::text as evidence, anomaly_type,
  transaction_id::text as transaction_id
from chosen join transactions using (transaction_id)
  left join merchants using (merchant_id)
  left join analytics.fraud_detection using (transaction_id)
  left join analytics.anomaly_detection using (transaction_id)`,
} as const
