-- Both sides beside each other where a line names one transaction. A row without line_id is a transaction that no such
-- line names, one without transaction_id a line that names no transaction of its bank, currency and direction.
-- One full join, so that each side is read once. From: internal, statement_lines.
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
FROM internal i
FULL OUTER JOIN (
  SELECT
    line_id,
    bank_reference,
    bank_id,
    currency,
    direction,
    booking_date,
    amount,
    reference
  FROM statement_lines
  WHERE reference_count = 1
) l
  ON l.reference = i.transaction_id
  AND l.bank_id = i.bank_id
  AND l.currency = i.currency
  AND l.direction = i.direction
