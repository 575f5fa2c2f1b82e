-- Transactions that no line names. From: by_reference, batch_members.
SELECT
  j.transaction_id,
  j.bank_id,
  j.currency,
  j.direction,
  j.event_date,
  j.internal_amount AS amount,
  j.is_converted,
  j.internal_counterparty AS counterparty
FROM by_reference j
LEFT JOIN batch_members m ON m.transaction_id = j.transaction_id
WHERE j.line_id IS NULL AND m.transaction_id IS NULL
