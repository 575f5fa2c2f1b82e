-- Days, banks and currencies whose statement lines are not in the index to the cent, by the day they were booked.
-- From: statement_lines, reconciliation_index, group_lines.
SELECT
  'statements of ' || CAST(side.booking_date AS VARCHAR(10)) || ' ' || side.bank_id || ' ' || side.currency AS subject,
  'off by ' || CAST(CAST(SUM(side.amount) AS DECIMAL(28, 2)) AS VARCHAR(32)) AS detail
FROM (
  SELECT booking_date, bank_id, currency, amount FROM statement_lines
  UNION ALL
  SELECT booking_date, bank_id, currency, -external_amount AS amount
  FROM reconciliation_index
  WHERE external_amount IS NOT NULL AND line_count = 1
  UNION ALL
  SELECT booking_date, bank_id, currency, -amount AS amount FROM group_lines
) side
GROUP BY side.booking_date, side.bank_id, side.currency
HAVING SUM(side.amount) <> 0
