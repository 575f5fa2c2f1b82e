-- One left line and two left transactions of its counterparty and of one day that add up to it: what a bank books as one
-- most often. Each transaction and each line is in one pair. From: left_internal, left_lines, split_*, matching_rules.
SELECT
  best.line_id,
  best.first_id,
  best.second_id
FROM (
  SELECT
    pair.line_id,
    pair.first_id,
    pair.second_id,
    ROW_NUMBER() OVER (PARTITION BY pair.line_id ORDER BY pair.first_id, pair.second_id) AS pair_place,
    ROW_NUMBER() OVER (PARTITION BY pair.first_id ORDER BY pair.line_id, pair.second_id) AS first_place,
    ROW_NUMBER() OVER (PARTITION BY pair.second_id ORDER BY pair.line_id, pair.first_id) AS second_place
  FROM (
    SELECT
      l.line_id,
      a.transaction_id AS first_id,
      b.transaction_id AS second_id
    FROM left_lines l
    JOIN left_internal a
      ON a.bank_id = l.bank_id
      AND a.currency = l.currency
      AND a.direction = l.direction
      AND a.counterparty = l.counterparty
    JOIN left_internal b
      ON b.bank_id = l.bank_id
      AND b.currency = l.currency
      AND b.direction = l.direction
      AND b.counterparty = l.counterparty
      AND b.event_date = a.event_date
      AND b.amount = l.amount - a.amount
    CROSS JOIN matching_rules r
    LEFT JOIN split_lines s ON s.line_id = l.line_id
    LEFT JOIN split_groups sa ON sa.transaction_id = a.transaction_id
    LEFT JOIN split_groups sb ON sb.transaction_id = b.transaction_id
    WHERE a.transaction_id < b.transaction_id
      AND s.line_id IS NULL
      AND sa.transaction_id IS NULL
      AND sb.transaction_id IS NULL
      AND days_between(a.event_date, l.booking_date) BETWEEN 0 AND r.date_window_days
  ) pair
) best
WHERE best.pair_place = 1 AND best.first_place = 1 AND best.second_place = 1
