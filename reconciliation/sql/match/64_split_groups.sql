-- One transaction and all left lines of its counterparty on a day, when they add up to it. A group belongs to one
-- transaction and a transaction has one group. From: left_internal, left_lines, matching_rules.
SELECT
  best.transaction_id,
  best.bank_id,
  best.currency,
  best.direction,
  best.counterparty,
  best.booking_date
FROM (
  SELECT
    i.transaction_id,
    g.bank_id,
    g.currency,
    g.direction,
    g.counterparty,
    g.booking_date,
    ROW_NUMBER() OVER (PARTITION BY i.transaction_id ORDER BY g.booking_date) AS group_place,
    ROW_NUMBER() OVER (
      PARTITION BY g.bank_id, g.currency, g.direction, g.counterparty, g.booking_date
      ORDER BY i.event_date DESC, i.transaction_id
    ) AS transaction_place
  FROM (
    SELECT
      l.bank_id,
      l.currency,
      l.direction,
      l.counterparty,
      l.booking_date,
      COUNT(*) AS line_count,
      CAST(SUM(l.amount) AS DECIMAL(28, 2)) AS total
    FROM left_lines l
    WHERE l.counterparty <> ''
    GROUP BY l.bank_id, l.currency, l.direction, l.counterparty, l.booking_date
    HAVING COUNT(*) > 1
  ) g
  JOIN left_internal i
    ON i.bank_id = g.bank_id
    AND i.currency = g.currency
    AND i.direction = g.direction
    AND i.counterparty = g.counterparty
    AND i.amount = g.total
  CROSS JOIN matching_rules r
  WHERE g.line_count <= r.group_size_max
    AND days_between(i.event_date, g.booking_date) BETWEEN 0 AND r.date_window_days
) best
WHERE best.group_place = 1 AND best.transaction_place = 1
