-- Both sides beside each other where a line names one transaction. A row without line_id is a transaction that no such
-- line names, one without transaction_id a line that names no transaction of its bank, currency and direction in the days
-- that a night reconciles again: what is settled later still has both its sides shown.
-- One full join, so that each side is read once. From: internal, statement_lines, matching_rules.
SELECT
  i.transaction_id,
  COALESCE(i.bank_id, l.bank_id) AS bank_id,
  COALESCE(i.currency, l.currency) AS currency,
  COALESCE(i.direction, l.direction) AS direction,
  i.event_date,
  i.amount AS internal_amount,
  i.is_converted,
  i.counterparty AS internal_counterparty,
  l.line_id,
  l.bank_reference,
  l.booking_date,
  l.amount AS line_amount
FROM (
  SELECT
    transaction_id,
    bank_id,
    currency,
    direction,
    event_date,
    amount,
    is_converted,
    counterparty,
    days_between(DATE '2000-01-01', event_date) AS event_day
  FROM internal
) i
FULL OUTER JOIN (
  SELECT
    s.line_id,
    s.bank_reference,
    s.bank_id,
    s.currency,
    s.direction,
    s.booking_date,
    s.amount,
    s.reference,
    days_between(DATE '2000-01-01', s.booking_date) - r.settles_within_days AS first_day,
    days_between(DATE '2000-01-01', s.booking_date) + r.settles_within_days AS last_day
  FROM statement_lines s
  CROSS JOIN matching_rules r
  WHERE s.reference_count = 1
) l
  ON l.reference = i.transaction_id
  AND l.bank_id = i.bank_id
  AND l.currency = i.currency
  AND l.direction = i.direction
  AND i.event_day >= l.first_day
  AND i.event_day <= l.last_day
