-- What is left of a batch that does not name all of its payments: a line of its own for what follows. Where it names
-- something that is none of ours, the rest is of nobody that we know. From: batch_members, statement_references,
-- statement_lines.
SELECT
  m.line_id,
  m.bank_id,
  m.bank_reference,
  m.currency,
  m.direction,
  m.booking_date,
  CAST(m.line_amount - m.part_total AS DECIMAL(18, 2)) AS amount,
  CASE WHEN n.named_count = m.member_count THEN l.counterparty ELSE '' END AS counterparty
FROM (
  SELECT
    line_id,
    bank_id,
    bank_reference,
    currency,
    direction,
    booking_date,
    line_amount,
    payment_count,
    COUNT(*) AS member_count,
    SUM(COALESCE(part_amount, internal_amount)) AS part_total
  FROM batch_members
  GROUP BY line_id, bank_id, bank_reference, currency, direction, booking_date, line_amount, payment_count
) m
JOIN statement_lines l ON l.line_id = m.line_id
JOIN (SELECT line_id, COUNT(*) AS named_count FROM statement_references GROUP BY line_id) n ON n.line_id = m.line_id
WHERE m.member_count < m.payment_count AND m.line_amount > m.part_total
