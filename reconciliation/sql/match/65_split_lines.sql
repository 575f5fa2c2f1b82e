-- The lines of those groups. From: split_groups, left_lines.
SELECT
  g.transaction_id,
  l.line_id
FROM split_groups g
JOIN left_lines l
  ON l.bank_id = g.bank_id
  AND l.currency = g.currency
  AND l.direction = g.direction
  AND l.counterparty = g.counterparty
  AND l.booking_date = g.booking_date
