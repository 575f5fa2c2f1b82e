-- The lines of those transactions. Where one line has the whole amount it is the match and the others are duplicates;
-- so they are when all are equal and do not add up. Otherwise all lines together are a split.
-- From: by_reference, repeated, matching_rules.
SELECT
  ranked.transaction_id,
  ranked.line_id,
  CASE
    WHEN ranked.exact_count = 0 AND (ranked.adds_up = 1 OR ranked.all_equal = 0) THEN 'SPLIT'
    WHEN ranked.place = 1 THEN 'MATCH'
    ELSE 'DUPLICATE'
  END AS part
FROM (
  SELECT
    j.transaction_id,
    j.line_id,
    p.exact_count,
    p.all_equal,
    CASE WHEN ABS(p.line_total - j.internal_amount) <= r.amount_tolerance THEN 1 ELSE 0 END AS adds_up,
    ROW_NUMBER() OVER (
      PARTITION BY j.transaction_id
      ORDER BY
        CASE WHEN ABS(j.line_amount - j.internal_amount) <= r.amount_tolerance THEN 0 ELSE 1 END,
        j.booking_date,
        j.line_id
    ) AS place
  FROM by_reference j
  JOIN repeated p ON p.transaction_id = j.transaction_id
  CROSS JOIN matching_rules r
  WHERE j.line_id IS NOT NULL
) ranked
