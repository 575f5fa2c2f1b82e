-- Lines still open after the matches of one with one. From: open_lines, by_amount, by_near_amount.
SELECT
  l.line_id,
  l.bank_id,
  l.currency,
  l.direction,
  l.booking_date,
  l.amount,
  l.counterparty
FROM open_lines l
LEFT JOIN by_amount a ON a.line_id = l.line_id
LEFT JOIN by_near_amount n ON n.line_id = l.line_id
WHERE a.line_id IS NULL AND n.line_id IS NULL
