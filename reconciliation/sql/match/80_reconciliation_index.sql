-- One row per transaction of ours and per line of theirs that belongs to none. The difference is theirs minus ours.
-- From: internal, by_reference, repeated_lines, grouped, open_internal, left_internal, open_lines, by_amount,
-- by_near_amount, unmatched_lines, awaited_days, matching_rules.
SELECT
  e.entry_id,
  e.business_date,
  e.bank_id,
  e.currency,
  e.direction,
  CASE
    WHEN e.status <> 'COMPARE' THEN e.status
    WHEN ABS(e.external_amount - e.internal_amount) > r.amount_tolerance THEN 'AMOUNT_MISMATCH'
    WHEN e.part = 'SPLIT' THEN 'SPLIT'
    WHEN e.part = 'BATCH' THEN 'BATCHED'
    WHEN days_between(e.business_date, e.booking_date) > r.late_after_days THEN 'LATE_SETTLEMENT'
    ELSE 'MATCHED'
  END AS status,
  CASE
    WHEN e.status <> 'COMPARE' THEN e.reason
    WHEN ABS(e.external_amount - e.internal_amount) <= r.amount_tolerance THEN NULL
    WHEN e.is_converted AND ABS(e.external_amount - e.internal_amount) <= e.internal_amount * r.fx_tolerance_ratio
      THEN 'FX_RATE'
    ELSE 'AMOUNT'
  END AS reason,
  e.rule,
  e.confidence,
  e.internal_amount,
  e.external_amount,
  CAST(COALESCE(e.external_amount, 0) - COALESCE(e.internal_amount, 0) AS DECIMAL(28, 2)) AS difference,
  e.transaction_id,
  e.line_id,
  e.bank_reference,
  e.booking_date,
  CASE WHEN e.status = 'COMPARE' THEN days_between(e.business_date, e.booking_date) END AS days_to_settle,
  CAST(e.line_count AS INTEGER) AS line_count,
  CAST(e.transaction_count AS INTEGER) AS transaction_count
FROM (
  -- One line, by reference.
  SELECT
    j.transaction_id AS entry_id,
    j.event_date AS business_date,
    j.bank_id,
    j.currency,
    j.direction,
    'COMPARE' AS status,
    CAST(NULL AS VARCHAR(16)) AS reason,
    'ONE' AS part,
    'REFERENCE' AS rule,
    CAST(1 AS DECIMAL(4, 2)) AS confidence,
    j.internal_amount,
    j.line_amount AS external_amount,
    j.is_converted,
    j.transaction_id,
    j.line_id,
    j.bank_reference,
    j.booking_date,
    1 AS line_count,
    1 AS transaction_count
  FROM by_reference j
  LEFT JOIN repeated_lines p ON p.line_id = j.line_id
  WHERE j.transaction_id IS NOT NULL AND j.line_id IS NOT NULL AND (p.line_id IS NULL OR p.part = 'MATCH')
  UNION ALL
  -- A split or a batch. Its transaction's own fields are on the one side or the other.
  SELECT
    g.transaction_id AS entry_id,
    i.event_date AS business_date,
    i.bank_id,
    i.currency,
    i.direction,
    'COMPARE' AS status,
    CAST(NULL AS VARCHAR(16)) AS reason,
    g.part,
    g.rule,
    g.confidence,
    i.amount AS internal_amount,
    g.external_amount,
    i.is_converted,
    g.transaction_id,
    g.line_id,
    g.bank_reference,
    g.booking_date,
    g.line_count,
    g.transaction_count
  FROM grouped g
  JOIN internal i ON i.transaction_id = g.transaction_id
  UNION ALL
  -- One line, by amount.
  SELECT
    i.transaction_id AS entry_id,
    i.event_date AS business_date,
    i.bank_id,
    i.currency,
    i.direction,
    'COMPARE' AS status,
    CAST(NULL AS VARCHAR(16)) AS reason,
    'ONE' AS part,
    m.rule,
    m.confidence,
    i.amount AS internal_amount,
    l.amount AS external_amount,
    i.is_converted,
    i.transaction_id,
    l.line_id,
    l.bank_reference,
    l.booking_date,
    1 AS line_count,
    1 AS transaction_count
  FROM (
    SELECT transaction_id, line_id, 'AMOUNT_DATE_COUNTERPARTY' AS rule, CAST(confidence AS DECIMAL(4, 2)) AS confidence
    FROM by_amount
    UNION ALL
    SELECT transaction_id, line_id, 'NEAR_AMOUNT' AS rule, CAST(0.50 AS DECIMAL(4, 2)) AS confidence
    FROM by_near_amount
  ) m
  JOIN open_internal i ON i.transaction_id = m.transaction_id
  JOIN open_lines l ON l.line_id = m.line_id
  UNION ALL
  -- Ours alone.
  SELECT
    i.transaction_id AS entry_id,
    i.event_date AS business_date,
    i.bank_id,
    i.currency,
    i.direction,
    CASE WHEN a.bank_id IS NULL THEN 'MISSING_EXTERNAL' ELSE 'AWAITING_STATEMENT' END AS status,
    CAST(NULL AS VARCHAR(16)) AS reason,
    'NONE' AS part,
    'NONE' AS rule,
    CAST(1 AS DECIMAL(4, 2)) AS confidence,
    i.amount AS internal_amount,
    CAST(NULL AS DECIMAL(18, 2)) AS external_amount,
    FALSE AS is_converted,
    i.transaction_id,
    CAST(NULL AS VARCHAR(64)) AS line_id,
    CAST(NULL AS VARCHAR(64)) AS bank_reference,
    CAST(NULL AS DATE) AS booking_date,
    0 AS line_count,
    1 AS transaction_count
  FROM left_internal i
  LEFT JOIN grouped g ON g.transaction_id = i.transaction_id
  LEFT JOIN awaited_days a ON a.bank_id = i.bank_id AND a.business_date = i.event_date
  WHERE g.transaction_id IS NULL
  UNION ALL
  -- Theirs alone.
  SELECT
    u.line_id AS entry_id,
    u.booking_date AS business_date,
    u.bank_id,
    u.currency,
    u.direction,
    u.status,
    u.reason,
    'NONE' AS part,
    CASE WHEN u.status = 'DUPLICATE_EXTERNAL' THEN 'REFERENCE' ELSE 'NONE' END AS rule,
    CAST(1 AS DECIMAL(4, 2)) AS confidence,
    CAST(NULL AS DECIMAL(18, 2)) AS internal_amount,
    u.amount AS external_amount,
    FALSE AS is_converted,
    CAST(NULL AS VARCHAR(64)) AS transaction_id,
    u.line_id,
    u.bank_reference,
    u.booking_date,
    1 AS line_count,
    0 AS transaction_count
  FROM unmatched_lines u
) e
CROSS JOIN matching_rules r
