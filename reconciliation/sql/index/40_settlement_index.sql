-- What each merchant is paid for a day, and when: what it sold less what went back and the fees. A merchant that would
-- have to pay is held, to be set off against its next days. From: transactions, merchants, payout_dates, index_rules.
SELECT
  s.business_date,
  s.merchant_id,
  d.name AS merchant_name,
  s.payout_date,
  'USD' AS currency,
  s.gross_usd,
  s.refunds_usd,
  s.chargebacks_usd,
  s.fees_usd,
  CAST(s.gross_usd - s.refunds_usd - s.chargebacks_usd - s.fees_usd AS DECIMAL(28, 2)) AS net_usd,
  CASE WHEN s.gross_usd - s.refunds_usd - s.chargebacks_usd - s.fees_usd < 0 THEN 'HELD' ELSE 'SCHEDULED' END
    AS payout_status
FROM (
  SELECT
    r.business_date,
    t.merchant_id,
    p.payout_date,
    CAST(SUM(CASE WHEN t.transaction_type IN ('PURCHASE', 'PAYMENT') THEN t.amount_usd ELSE 0 END) AS DECIMAL(28, 2))
      AS gross_usd,
    CAST(SUM(CASE WHEN t.transaction_type = 'REFUND' THEN t.amount_usd ELSE 0 END) AS DECIMAL(28, 2)) AS refunds_usd,
    CAST(SUM(CASE WHEN t.transaction_type = 'CHARGEBACK' THEN t.amount_usd ELSE 0 END) AS DECIMAL(28, 2))
      AS chargebacks_usd,
    CAST(SUM(t.fee_amount) AS DECIMAL(28, 2)) AS fees_usd
  FROM transactions t
  CROSS JOIN index_rules r
  JOIN payout_dates p ON p.event_date = t.event_date
  WHERE t.event_date = r.business_date
    AND t.merchant_id IS NOT NULL
    AND t.status = 'COMPLETED'
    AND t.transaction_type IN ('PURCHASE', 'PAYMENT', 'REFUND', 'CHARGEBACK')
  GROUP BY r.business_date, t.merchant_id, p.payout_date
) s
LEFT JOIN merchants d ON d.merchant_id = s.merchant_id
