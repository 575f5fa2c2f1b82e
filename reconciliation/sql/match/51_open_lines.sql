-- Lines that name no transaction at all, and what is left of those that do not name all: the only ones that are matched by
-- what they say otherwise. A line with a reference that is not ours stays unmatched: to guess against what the bank says
-- would invent matches. From: statement_lines, batch_rests.
SELECT
  line_id,
  bank_id,
  bank_reference,
  currency,
  direction,
  booking_date,
  amount,
  counterparty
FROM statement_lines
WHERE reference_count = 0
UNION ALL
SELECT
  line_id,
  bank_id,
  bank_reference,
  currency,
  direction,
  booking_date,
  amount,
  counterparty
FROM batch_rests
