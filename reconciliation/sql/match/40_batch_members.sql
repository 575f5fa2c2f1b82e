-- Transactions that a batch names, with the batch's line and the transaction's own part of it where the bank says it.
-- A transaction that a line of its own names as well, or an earlier batch, belongs to that one.
-- From: statement_lines, statement_references, by_reference, matching_rules.
SELECT
  member.transaction_id,
  member.line_id,
  member.bank_id,
  member.currency,
  member.direction,
  member.event_date,
  member.internal_amount,
  member.part_amount,
  member.is_converted,
  member.bank_reference,
  member.booking_date,
  member.line_amount,
  member.payment_count
FROM (
  SELECT
    i.transaction_id,
    l.line_id,
    l.bank_id,
    l.currency,
    l.direction,
    i.event_date,
    i.internal_amount,
    s.amount AS part_amount,
    i.is_converted,
    l.bank_reference,
    l.booking_date,
    l.amount AS line_amount,
    l.reference_count AS payment_count,
    ROW_NUMBER() OVER (PARTITION BY i.transaction_id ORDER BY l.booking_date, l.line_id) AS place
  FROM statement_lines l
  JOIN statement_references s ON s.line_id = l.line_id
  JOIN by_reference i
    ON i.transaction_id = s.transaction_id
    AND i.bank_id = l.bank_id
    AND i.currency = l.currency
    AND i.direction = l.direction
  CROSS JOIN matching_rules r
  WHERE l.reference_count > 1
    AND i.line_id IS NULL
    AND days_between(i.event_date, l.booking_date) BETWEEN -r.settles_within_days AND r.settles_within_days
) member
WHERE member.place = 1
