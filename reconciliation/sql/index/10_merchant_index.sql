-- Per merchant and day: what it sold, gave back and had taken back, and whether that is out of the ordinary for it.
-- From: transactions (the date and the days before), merchants, index_rules.
SELECT
  m.business_date,
  m.merchant_id,
  d.name AS merchant_name,
  d.category,
  d.country,
  d.risk_level,
  m.transaction_count,
  m.volume_usd,
  m.refund_count,
  m.refund_usd,
  m.refund_rate,
  m.chargeback_count,
  m.chargeback_usd,
  m.chargeback_rate,
  m.declined_count,
  m.decline_rate,
  m.mean_volume_usd_before,
  m.is_chargeback_high OR m.is_refund_high OR m.is_volume_high AS is_anomalous,
  TRIM(
    CASE WHEN m.is_chargeback_high THEN 'CHARGEBACK_RATE ' ELSE '' END ||
    CASE WHEN m.is_refund_high THEN 'REFUND_RATE ' ELSE '' END ||
    CASE WHEN m.is_volume_high THEN 'VOLUME' ELSE '' END
  ) AS anomaly_reasons
FROM (
  SELECT
    r.business_date,
    s.merchant_id,
    s.transaction_count,
    s.volume_usd,
    s.refund_count,
    s.refund_usd,
    s.chargeback_count,
    s.chargeback_usd,
    s.declined_count,
    CASE WHEN s.sold_count = 0 THEN 0.0 ELSE CAST(s.refund_count AS DOUBLE) / s.sold_count END AS refund_rate,
    CASE WHEN s.sold_count = 0 THEN 0.0 ELSE CAST(s.chargeback_count AS DOUBLE) / s.sold_count END AS chargeback_rate,
    CAST(s.declined_count AS DOUBLE) / s.transaction_count AS decline_rate,
    b.mean_volume_usd AS mean_volume_usd_before,
    s.chargeback_count > 1 AND s.chargeback_count > s.sold_count * r.chargeback_rate AS is_chargeback_high,
    s.refund_count > 1 AND s.refund_count > s.sold_count * r.refund_rate AS is_refund_high,
    COALESCE(s.volume_usd > b.mean_volume_usd * r.volume_factor, FALSE) AS is_volume_high
  FROM (
    SELECT
      t.merchant_id,
      COUNT(*) AS transaction_count,
      SUM(CASE WHEN t.transaction_type IN ('PURCHASE', 'PAYMENT') AND t.status = 'COMPLETED' THEN 1 ELSE 0 END)
        AS sold_count,
      CAST(SUM(
        CASE WHEN t.transaction_type IN ('PURCHASE', 'PAYMENT') AND t.status = 'COMPLETED' THEN t.amount_usd ELSE 0 END
      ) AS DECIMAL(28, 2)) AS volume_usd,
      CAST(SUM(CASE WHEN t.transaction_type = 'REFUND' AND t.status = 'COMPLETED' THEN 1 ELSE 0 END) AS BIGINT) AS refund_count,
      CAST(SUM(
        CASE WHEN t.transaction_type = 'REFUND' AND t.status = 'COMPLETED' THEN t.amount_usd ELSE 0 END
      ) AS DECIMAL(28, 2)) AS refund_usd,
      CAST(SUM(CASE WHEN t.transaction_type = 'CHARGEBACK' AND t.status = 'COMPLETED' THEN 1 ELSE 0 END) AS BIGINT)
        AS chargeback_count,
      CAST(SUM(
        CASE WHEN t.transaction_type = 'CHARGEBACK' AND t.status = 'COMPLETED' THEN t.amount_usd ELSE 0 END
      ) AS DECIMAL(28, 2)) AS chargeback_usd,
      CAST(SUM(CASE WHEN t.status = 'DECLINED' THEN 1 ELSE 0 END) AS BIGINT) AS declined_count
    FROM transactions t
    CROSS JOIN index_rules r
    WHERE t.merchant_id IS NOT NULL AND t.event_date = r.business_date
    GROUP BY t.merchant_id
  ) s
  CROSS JOIN index_rules r
  LEFT JOIN (
    SELECT
      day.merchant_id,
      CAST(SUM(day.volume_usd) / COUNT(*) AS DECIMAL(28, 2)) AS mean_volume_usd
    FROM (
      SELECT t.merchant_id, t.event_date, SUM(t.amount_usd) AS volume_usd
      FROM transactions t
      CROSS JOIN index_rules r
      WHERE t.merchant_id IS NOT NULL
        AND t.event_date >= r.volume_from
        AND t.event_date < r.business_date
        AND t.transaction_type IN ('PURCHASE', 'PAYMENT')
        AND t.status = 'COMPLETED'
      GROUP BY t.merchant_id, t.event_date
    ) day
    GROUP BY day.merchant_id
  ) b ON b.merchant_id = s.merchant_id
) m
LEFT JOIN merchants d ON d.merchant_id = m.merchant_id
