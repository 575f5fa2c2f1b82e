-- Lines that belong to no transaction, and those that repeat one that does.
-- From: by_reference, repeated_lines, statement_lines, batch_members, left_lines, split_lines, batch_pair_members.
SELECT
  j.line_id,
  j.bank_id,
  j.currency,
  j.direction,
  j.bank_reference,
  j.booking_date,
  j.line_amount AS amount,
  'MISSING_INTERNAL' AS status
FROM by_reference j
WHERE j.transaction_id IS NULL
UNION ALL
SELECT
  j.line_id,
  j.bank_id,
  j.currency,
  j.direction,
  j.bank_reference,
  j.booking_date,
  j.line_amount AS amount,
  'DUPLICATE_EXTERNAL' AS status
FROM by_reference j
JOIN repeated_lines p ON p.transaction_id = j.transaction_id AND p.line_id = j.line_id
WHERE p.part = 'DUPLICATE'
UNION ALL
SELECT
  l.line_id,
  l.bank_id,
  l.currency,
  l.direction,
  l.bank_reference,
  l.booking_date,
  l.amount,
  'MISSING_INTERNAL' AS status
FROM statement_lines l
LEFT JOIN (SELECT DISTINCT line_id FROM batch_members) m ON m.line_id = l.line_id
WHERE l.reference_count > 1 AND m.line_id IS NULL
UNION ALL
SELECT
  o.line_id,
  o.bank_id,
  o.currency,
  o.direction,
  o.bank_reference,
  o.booking_date,
  o.amount,
  'MISSING_INTERNAL' AS status
FROM open_lines o
JOIN left_lines l ON l.line_id = o.line_id
LEFT JOIN split_lines s ON s.line_id = l.line_id
LEFT JOIN (SELECT DISTINCT line_id FROM batch_pair_members) b ON b.line_id = l.line_id
WHERE s.line_id IS NULL AND b.line_id IS NULL
