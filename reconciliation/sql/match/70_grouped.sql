-- What belongs to a split or a batch, by reference or by amounts: a row per transaction. The line of a batch is shared
-- out so that each transaction has the part that the bank says, else its own amount, and the first one what is then left
-- beside the batch's rest, so nothing is lost or counted twice.
-- From: by_reference, repeated_lines, batch_members, batch_rests, split_lines, batch_pair_members, open_internal,
-- open_lines.
SELECT
  j.transaction_id,
  MIN(j.line_id) AS line_id,
  CAST(SUM(j.line_amount) AS DECIMAL(28, 2)) AS external_amount,
  MIN(j.bank_reference) AS bank_reference,
  MAX(j.booking_date) AS booking_date,
  COUNT(*) AS line_count,
  1 AS transaction_count,
  'SPLIT' AS part,
  'REFERENCE_SPLIT' AS rule,
  CAST(1 AS DECIMAL(4, 2)) AS confidence
FROM by_reference j
JOIN repeated_lines p ON p.transaction_id = j.transaction_id AND p.line_id = j.line_id
WHERE p.part = 'SPLIT'
GROUP BY j.transaction_id
UNION ALL
SELECT
  s.transaction_id,
  MIN(s.line_id) AS line_id,
  CAST(SUM(l.amount) AS DECIMAL(28, 2)) AS external_amount,
  MIN(l.bank_reference) AS bank_reference,
  MAX(l.booking_date) AS booking_date,
  COUNT(*) AS line_count,
  1 AS transaction_count,
  'SPLIT' AS part,
  'SUM_OF_LINES' AS rule,
  CAST(0.80 AS DECIMAL(4, 2)) AS confidence
FROM split_lines s
JOIN open_lines l ON l.line_id = s.line_id
GROUP BY s.transaction_id
UNION ALL
SELECT
  shared.transaction_id,
  shared.line_id,
  CAST(
    CASE
      WHEN shared.place = 1 THEN shared.line_amount - shared.rest_amount - shared.total + shared.part_amount
      ELSE shared.part_amount
    END AS DECIMAL(28, 2)
  ) AS external_amount,
  shared.bank_reference,
  shared.booking_date,
  1 AS line_count,
  shared.transaction_count,
  'BATCH' AS part,
  shared.rule,
  shared.confidence
FROM (
  SELECT
    member.transaction_id,
    member.line_id,
    member.part_amount,
    member.line_amount,
    member.rest_amount,
    member.bank_reference,
    member.booking_date,
    member.rule,
    member.confidence,
    ROW_NUMBER() OVER (PARTITION BY member.line_id ORDER BY member.transaction_id) AS place,
    COUNT(*) OVER (PARTITION BY member.line_id) AS transaction_count,
    SUM(member.part_amount) OVER (PARTITION BY member.line_id) AS total
  FROM (
    SELECT
      m.transaction_id,
      m.line_id,
      COALESCE(m.part_amount, m.internal_amount) AS part_amount,
      m.line_amount,
      COALESCE(r.amount, 0) AS rest_amount,
      m.bank_reference,
      m.booking_date,
      'REFERENCE_BATCH' AS rule,
      CAST(1 AS DECIMAL(4, 2)) AS confidence
    FROM batch_members m
    LEFT JOIN batch_rests r ON r.line_id = m.line_id
    UNION ALL
    SELECT
      b.transaction_id,
      b.line_id,
      i.amount AS part_amount,
      l.amount AS line_amount,
      0 AS rest_amount,
      l.bank_reference,
      l.booking_date,
      'SUM_OF_TRANSACTIONS' AS rule,
      CAST(0.75 AS DECIMAL(4, 2)) AS confidence
    FROM batch_pair_members b
    JOIN open_internal i ON i.transaction_id = b.transaction_id
    JOIN open_lines l ON l.line_id = b.line_id
  ) member
) shared
