-- Per customer, category and day: what was spent, and how often a payment was declined, here and in all.
-- From: transactions, index_rules.
SELECT
  r.business_date,
  s.customer_id,
  s.merchant_category,
  s.transaction_count,
  s.spend_usd,
  s.declined_count,
  s.declines_of_day,
  s.declines_of_day >= r.repeated_declines AS has_repeated_declines
FROM (
  SELECT
    c.customer_id,
    c.merchant_category,
    c.transaction_count,
    c.spend_usd,
    c.declined_count,
    CAST(SUM(c.declined_count) OVER (PARTITION BY c.customer_id) AS BIGINT) AS declines_of_day
  FROM (
    SELECT
      t.customer_id,
      COALESCE(t.merchant_category, 'NONE') AS merchant_category,
      COUNT(*) AS transaction_count,
      CAST(SUM(
        CASE
          WHEN t.status = 'COMPLETED' AND t.transaction_type NOT IN ('DEPOSIT', 'REFUND', 'CHARGEBACK') THEN t.amount_usd
          ELSE 0
        END
      ) AS DECIMAL(28, 2)) AS spend_usd,
      CAST(SUM(CASE WHEN t.status = 'DECLINED' THEN 1 ELSE 0 END) AS BIGINT) AS declined_count
    FROM transactions t
    CROSS JOIN index_rules r
    WHERE t.event_date = r.business_date
    GROUP BY t.customer_id, COALESCE(t.merchant_category, 'NONE')
  ) c
) s
CROSS JOIN index_rules r
