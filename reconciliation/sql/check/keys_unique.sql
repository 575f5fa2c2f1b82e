-- Entries that are in the index more than once. From: reconciliation_index.
SELECT 'entry ' || entry_id AS subject, CAST(COUNT(*) AS VARCHAR(24)) || ' rows' AS detail
FROM reconciliation_index
GROUP BY entry_id
HAVING COUNT(*) > 1
