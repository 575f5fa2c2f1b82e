-- Transactions that several lines name: a split, or duplicates. Few, so what follows is cheap.
-- From: by_reference, matching_rules.
SELECT
  j.transaction_id,
  COUNT(*) AS line_count,
  CAST(SUM(j.line_amount) AS DECIMAL(28, 2)) AS line_total,
  SUM(CASE WHEN ABS(j.line_amount - j.internal_amount) <= r.amount_tolerance THEN 1 ELSE 0 END) AS exact_count,
  CASE WHEN MIN(j.line_amount) = MAX(j.line_amount) THEN 1 ELSE 0 END AS all_equal
FROM by_reference j
CROSS JOIN matching_rules r
WHERE j.transaction_id IS NOT NULL AND j.line_id IS NOT NULL
GROUP BY j.transaction_id
HAVING COUNT(*) > 1
