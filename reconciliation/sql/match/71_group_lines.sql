-- The lines of a split, as its evidence. From: by_reference, repeated_lines, split_lines, open_lines.
SELECT
  j.transaction_id,
  j.line_id,
  j.bank_id,
  j.currency,
  j.bank_reference,
  j.booking_date,
  j.line_amount AS amount
FROM by_reference j
JOIN repeated_lines p ON p.transaction_id = j.transaction_id AND p.line_id = j.line_id
WHERE p.part = 'SPLIT'
UNION ALL
SELECT
  s.transaction_id,
  s.line_id,
  l.bank_id,
  l.currency,
  l.bank_reference,
  l.booking_date,
  l.amount
FROM split_lines s
JOIN open_lines l ON l.line_id = s.line_id
