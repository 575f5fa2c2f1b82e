-- Suspicious transactions of the day, as the stream has them, final. From: fraud_verdicts, transactions, index_rules.
SELECT
  v.transaction_id,
  r.business_date,
  v.event_time,
  v.customer_id,
  v.account_id,
  t.merchant_id,
  t.transaction_type,
  t.channel,
  t.country,
  t.status,
  v.amount_usd,
  v.verdict,
  v.fraud_score,
  v.evidence,
  v.rule_version
FROM fraud_verdicts v
CROSS JOIN index_rules r
LEFT JOIN transactions t ON t.transaction_id = v.transaction_id
WHERE v.event_date = r.business_date AND v.verdict <> 'NORMAL'
