-- One line and one transaction of equal amount, counterparty, currency and direction. Where there are several of each,
-- the first line goes with the first transaction, and so on; who is whose cannot be told then, and confidence says so.
-- Counting places on both sides instead of pairing all with all keeps a merchant with a third of the volume harmless.
-- From: open_internal, open_lines, matching_rules.
SELECT
  i.transaction_id,
  l.line_id,
  CASE WHEN i.alike = 1 AND l.alike = 1 THEN 0.95 ELSE 0.70 END AS confidence
FROM (
  SELECT
    transaction_id,
    bank_id,
    currency,
    direction,
    counterparty,
    amount,
    event_date,
    ROW_NUMBER() OVER (
      PARTITION BY bank_id, currency, direction, counterparty, amount
      ORDER BY event_date, transaction_id
    ) AS place,
    COUNT(*) OVER (PARTITION BY bank_id, currency, direction, counterparty, amount) AS alike
  FROM open_internal
) i
JOIN (
  SELECT
    line_id,
    bank_id,
    currency,
    direction,
    counterparty,
    amount,
    booking_date,
    ROW_NUMBER() OVER (
      PARTITION BY bank_id, currency, direction, counterparty, amount
      ORDER BY booking_date, line_id
    ) AS place,
    COUNT(*) OVER (PARTITION BY bank_id, currency, direction, counterparty, amount) AS alike
  FROM open_lines
) l
  ON l.bank_id = i.bank_id
  AND l.currency = i.currency
  AND l.direction = i.direction
  AND l.counterparty = i.counterparty
  AND l.amount = i.amount
  AND l.place = i.place
CROSS JOIN matching_rules r
WHERE days_between(i.event_date, l.booking_date) BETWEEN 0 AND r.date_window_days
