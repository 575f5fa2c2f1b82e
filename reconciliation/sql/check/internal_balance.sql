-- Days, banks and currencies whose transactions are not in the index to the cent. From: internal, reconciliation_index.
SELECT
  'internal side of ' || CAST(side.business_date AS VARCHAR(10)) || ' ' || side.bank_id || ' ' || side.currency AS subject,
  'off by ' || CAST(CAST(SUM(side.amount) AS DECIMAL(28, 2)) AS VARCHAR(32)) || ', rows by ' ||
    CAST(SUM(side.n) AS VARCHAR(32)) AS detail
FROM (
  SELECT event_date AS business_date, bank_id, currency, amount, 1 AS n FROM internal
  UNION ALL
  SELECT business_date, bank_id, currency, -internal_amount AS amount, -1 AS n
  FROM reconciliation_index
  WHERE transaction_id IS NOT NULL
) side
GROUP BY side.business_date, side.bank_id, side.currency
HAVING SUM(side.amount) <> 0 OR SUM(side.n) <> 0
