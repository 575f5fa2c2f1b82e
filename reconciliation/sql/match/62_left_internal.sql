-- Transactions still open after the matches of one with one. From: open_internal, by_amount, by_near_amount.
SELECT
  i.transaction_id,
  i.bank_id,
  i.currency,
  i.direction,
  i.event_date,
  i.amount,
  i.counterparty
FROM open_internal i
LEFT JOIN by_amount a ON a.transaction_id = i.transaction_id
LEFT JOIN by_near_amount n ON n.transaction_id = i.transaction_id
WHERE a.transaction_id IS NULL AND n.transaction_id IS NULL
