-- As before, for amounts that are not quite equal: the nearest of each other, in amount and then in time, on both sides.
-- From: open_internal, open_lines, by_amount, matching_rules.
SELECT
  best.transaction_id,
  best.line_id
FROM (
  SELECT
    pair.transaction_id,
    pair.line_id,
    ROW_NUMBER() OVER (PARTITION BY pair.transaction_id ORDER BY pair.apart, pair.days_apart, pair.line_id) AS line_place,
    ROW_NUMBER() OVER (PARTITION BY pair.line_id ORDER BY pair.apart, pair.days_apart, pair.transaction_id) AS transaction_place
  FROM (
    SELECT
      i.transaction_id,
      l.line_id,
      ABS(l.amount - i.amount) AS apart,
      days_between(i.event_date, l.booking_date) AS days_apart
    FROM open_lines l
    JOIN open_internal i
      ON i.bank_id = l.bank_id
      AND i.currency = l.currency
      AND i.direction = l.direction
      AND i.counterparty = l.counterparty
    CROSS JOIN matching_rules r
    LEFT JOIN by_amount ti ON ti.transaction_id = i.transaction_id
    LEFT JOIN by_amount tl ON tl.line_id = l.line_id
    WHERE ti.transaction_id IS NULL
      AND tl.line_id IS NULL
      AND ABS(l.amount - i.amount) <= r.near_amount_tolerance
      AND days_between(i.event_date, l.booking_date) BETWEEN 0 AND r.date_window_days
  ) pair
) best
WHERE best.line_place = 1 AND best.transaction_place = 1
