-- Our side: every completed transaction, as the bank that it settles with should show it.
-- From: transactions, banks.
SELECT
  t.transaction_id,
  b.bank_id,
  t.event_date,
  COALESCE(b.settlement_currency, t.currency) AS currency,
  CASE WHEN b.settlement_currency IS NULL THEN t.amount ELSE t.amount_usd END AS amount,
  b.settlement_currency IS NOT NULL AND b.settlement_currency <> t.currency AS is_converted,
  CASE WHEN t.transaction_type IN ('DEPOSIT', 'REFUND', 'CHARGEBACK') THEN 'CRDT' ELSE 'DBIT' END AS direction,
  COALESCE(t.merchant_id, t.account_id) AS counterparty
FROM transactions t
JOIN banks b ON b.transaction_type = t.transaction_type
WHERE t.status = 'COMPLETED'
