-- Both sides of each day, bank and currency, by status. From: reconciliation_index.
SELECT
  business_date,
  bank_id,
  currency,
  status,
  COUNT(*) AS entry_count,
  CAST(SUM(COALESCE(internal_amount, 0)) AS DECIMAL(28, 2)) AS internal_amount,
  CAST(SUM(COALESCE(external_amount, 0)) AS DECIMAL(28, 2)) AS external_amount,
  CAST(SUM(difference) AS DECIMAL(28, 2)) AS difference
FROM reconciliation_index
GROUP BY business_date, bank_id, currency, status
