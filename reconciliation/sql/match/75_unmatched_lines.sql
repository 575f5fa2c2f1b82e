-- Lines that belong to no transaction, and those that repeat one that does. A line that names a transaction of the other
-- direction is its way back, which we have not recorded. From: by_reference, internal, repeated_lines, statement_lines,
-- batch_members, open_lines, left_lines, split_lines, batch_pair_members.
SELECT
  j.line_id,
  j.bank_id,
  j.currency,
  j.direction,
  j.bank_reference,
  j.booking_date,
  j.line_amount AS amount,
  'MISSING_INTERNAL' AS status,
  CASE WHEN i.transaction_id IS NOT NULL THEN 'REVERSAL' END AS reason
FROM by_reference j
JOIN statement_lines l ON l.line_id = j.line_id
LEFT JOIN internal i
  ON i.transaction_id = l.reference
  AND i.bank_id = j.bank_id
  AND i.currency = j.currency
  AND i.direction <> j.direction
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
  'DUPLICATE_EXTERNAL' AS status,
  CAST(NULL AS VARCHAR(16)) AS reason
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
  'MISSING_INTERNAL' AS status,
  CAST(NULL AS VARCHAR(16)) AS reason
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
  'MISSING_INTERNAL' AS status,
  CAST(NULL AS VARCHAR(16)) AS reason
FROM open_lines o
JOIN left_lines l ON l.line_id = o.line_id
LEFT JOIN split_lines s ON s.line_id = l.line_id
LEFT JOIN (SELECT DISTINCT line_id FROM batch_pair_members) b ON b.line_id = l.line_id
WHERE s.line_id IS NULL AND b.line_id IS NULL
