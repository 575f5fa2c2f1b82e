-- One line and one transaction of equal amount, counterparty, currency and direction, the nearest in time: a line takes
-- the last transaction before it that no other line has taken, so one that never came shifts nobody else's. Where there
-- are several on that day, or none and several before, who is whose cannot be told, and confidence says so.
-- Transactions open and lines close as brackets do: the running count of what is open gives both of a pair one level,
-- on which the one follows the other. So nothing is paired all with all, and a merchant with a third of the volume is
-- harmless. From: open_internal, open_lines, matching_rules.
SELECT
  pair.entry_id AS transaction_id,
  pair.next_id AS line_id,
  CASE
    WHEN pair.on_date = pair.next_date AND pair.alike_on_date = 1 AND pair.next_alike_on_date = 1 THEN 0.95
    WHEN pair.alike = 1 AND pair.next_alike = 1 THEN 0.95
    ELSE 0.70
  END AS confidence
FROM (
  SELECT
    opened.entry_id,
    opened.is_line,
    opened.on_date,
    opened.alike,
    opened.alike_on_date,
    LEAD(opened.entry_id) OVER (
      PARTITION BY opened.bank_id, opened.currency, opened.direction, opened.counterparty, opened.amount, opened.open_level
      ORDER BY opened.on_date, opened.is_line, opened.entry_id
    ) AS next_id,
    LEAD(opened.is_line) OVER (
      PARTITION BY opened.bank_id, opened.currency, opened.direction, opened.counterparty, opened.amount, opened.open_level
      ORDER BY opened.on_date, opened.is_line, opened.entry_id
    ) AS next_is_line,
    LEAD(opened.on_date) OVER (
      PARTITION BY opened.bank_id, opened.currency, opened.direction, opened.counterparty, opened.amount, opened.open_level
      ORDER BY opened.on_date, opened.is_line, opened.entry_id
    ) AS next_date,
    LEAD(opened.alike) OVER (
      PARTITION BY opened.bank_id, opened.currency, opened.direction, opened.counterparty, opened.amount, opened.open_level
      ORDER BY opened.on_date, opened.is_line, opened.entry_id
    ) AS next_alike,
    LEAD(opened.alike_on_date) OVER (
      PARTITION BY opened.bank_id, opened.currency, opened.direction, opened.counterparty, opened.amount, opened.open_level
      ORDER BY opened.on_date, opened.is_line, opened.entry_id
    ) AS next_alike_on_date
  FROM (
    SELECT
      side.entry_id,
      side.is_line,
      side.bank_id,
      side.currency,
      side.direction,
      side.counterparty,
      side.amount,
      side.on_date,
      COUNT(*) OVER (
        PARTITION BY side.bank_id, side.currency, side.direction, side.counterparty, side.amount, side.is_line
      ) AS alike,
      COUNT(*) OVER (
        PARTITION BY side.bank_id, side.currency, side.direction, side.counterparty, side.amount, side.is_line, side.on_date
      ) AS alike_on_date,
      SUM(1 - 2 * side.is_line) OVER (
        PARTITION BY side.bank_id, side.currency, side.direction, side.counterparty, side.amount
        ORDER BY side.on_date, side.is_line, side.entry_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) + side.is_line AS open_level
    FROM (
      SELECT
        transaction_id AS entry_id,
        0 AS is_line,
        bank_id,
        currency,
        direction,
        counterparty,
        amount,
        event_date AS on_date
      FROM open_internal
      UNION ALL
      SELECT line_id AS entry_id, 1 AS is_line, bank_id, currency, direction, counterparty, amount, booking_date AS on_date
      FROM open_lines
      WHERE counterparty <> ''
    ) side
  ) opened
) pair
CROSS JOIN matching_rules r
WHERE pair.is_line = 0
  AND pair.next_is_line = 1
  AND days_between(pair.on_date, pair.next_date) BETWEEN 0 AND r.date_window_days
