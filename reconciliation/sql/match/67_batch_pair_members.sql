-- The transactions of those pairs, of which each is in one pair only: as first or as second.
-- From: batch_pairs.
SELECT
  counted.transaction_id,
  counted.line_id
FROM (
  SELECT
    placed.transaction_id,
    placed.line_id,
    SUM(placed.place) OVER (PARTITION BY placed.line_id) AS places
  FROM (
    SELECT
      member.transaction_id,
      member.line_id,
      ROW_NUMBER() OVER (PARTITION BY member.transaction_id ORDER BY member.line_id) AS place
    FROM (
      SELECT first_id AS transaction_id, line_id FROM batch_pairs
      UNION ALL
      SELECT second_id AS transaction_id, line_id FROM batch_pairs
    ) member
  ) placed
) counted
WHERE counted.places = 2
