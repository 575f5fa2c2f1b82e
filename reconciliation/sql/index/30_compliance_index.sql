-- Flagged transactions with what a KYC or AML officer needs of the customer. From: transactions, fraud_verdicts, customers,
-- index_rules.
SELECT
  r.business_date,
  t.transaction_id,
  t.created_at,
  t.customer_id,
  t.account_id,
  t.transaction_type,
  t.amount_usd,
  t.amount,
  t.currency,
  t.status,
  t.country,
  t.is_cross_border,
  t.compliance_flags,
  t.risk_level,
  v.verdict,
  v.fraud_score,
  c.first_name,
  c.last_name,
  c.email,
  c.phone,
  c.date_of_birth,
  c.address,
  c.country AS customer_country,
  c.kyc_status,
  c.risk_score AS customer_risk_score
FROM transactions t
CROSS JOIN index_rules r
LEFT JOIN fraud_verdicts v ON v.transaction_id = t.transaction_id
LEFT JOIN customers c ON c.customer_id = t.customer_id
WHERE t.event_date = r.business_date AND t.compliance_flags <> ''
