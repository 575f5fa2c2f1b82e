package com.fintech.streams.flink;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The eight window jobs as SQL: the columns of each result, what its key is, and the statement. */
final class WindowJobs {
    /** @param columns key field and window start first: they are the Kafka key. */
    record Job(String id, String columns, String query) {
        /**
         * Whether aggregating before the exchange pays: of one customer there is hardly more than one transaction in a
         * window at a time, of everything else there are many.
         */
        boolean hasTwoPhases() {
            return !columns.startsWith("customer_id");
        }

        String keyFields() {
            return columns.substring(0, columns.indexOf(' ')) + ";window_start";
        }
    }

    private static final String TYPES =
            "PURCHASE,PAYMENT,TRANSFER,WIRE_TRANSFER,WITHDRAWAL,DEPOSIT,REFUND,CHARGEBACK";
    private static final String STATUSES = "COMPLETED,PENDING,FAILED,DECLINED";
    private static final String LEVELS = "LOW,MEDIUM,HIGH,CRITICAL";
    private static final String BOUNDS = " STRING, window_start STRING, window_end STRING, transaction_count BIGINT, ";

    static List<Job> all(Rules rules) {
        return List.of(
                new Job(
                        "transaction_metrics",
                        "customer_id" + BOUNDS + "total_amount STRING, average_amount STRING, min_amount STRING,"
                                + " max_amount STRING, total_fees STRING, type_distribution MAP<STRING, BIGINT>",
                        """
                        SELECT customer_id, iso_time(window_start), iso_time(window_end), n, money(total),
                          average(total, n), money(least_amount), money(most_amount), money(fees), %s
                        FROM (SELECT customer_id, window_start, window_end, COUNT(*) AS n, SUM(amount) AS total,
                          MIN(amount) AS least_amount, MAX(amount) AS most_amount, SUM(fee) AS fees, %s
                          FROM %s GROUP BY window_start, window_end, customer_id)"""
                                .formatted(distribution(TYPES), counters("transaction_type", TYPES), window(5))),
                new Job(
                        "customer_behavior",
                        "customer_id" + BOUNDS + "channel_usage MAP<STRING, BIGINT>,"
                                + " spending_by_category MAP<STRING, STRING>, location_consistency DOUBLE,"
                                + " device_consistency DOUBLE, spending_pattern DOUBLE",
                        """
                        SELECT customer_id, iso_time(window_start), iso_time(window_end), n, channels,
                          money_map(spending), largest_share(cities), largest_share(devices), concentration(spending)
                        FROM (SELECT customer_id, window_start, window_end, COUNT(*) AS n,
                          count_by(channel) AS channels, sum_by(COALESCE(merchant_category, 'NONE'), amount) AS spending,
                          count_by(city) AS cities, count_by(device) AS devices
                          FROM %s GROUP BY window_start, window_end, customer_id)"""
                                .formatted(window(15))),
                new Job(
                        "risk_analytics",
                        "customer_id" + BOUNDS + "total_exposure STRING, high_risk_transactions BIGINT,"
                                + " compliance_violations MAP<STRING, BIGINT>, risk_factors MAP<STRING, BIGINT>,"
                                + " risk_score DOUBLE",
                        """
                        SELECT customer_id, iso_time(window_start), iso_time(window_end), n, money(exposure), high_risk,
                          violations,
                          counted('HIGH_AMOUNT,CROSS_BORDER,WIRE_TRANSFER,NIGHT,HIGH_RISK_LEVEL',
                            high_amounts, cross_border, wires, nights, high_risk),
                          LEAST(CAST(100 AS DOUBLE), CAST(%s AS DOUBLE) * high_risk / n
                            + CAST(%s AS DOUBLE) * LEAST(CAST(1 AS DOUBLE), CAST(total(violations) AS DOUBLE) / n)
                            + CAST(%s AS DOUBLE) * LEAST(CAST(1 AS DOUBLE), CAST(exposure AS DOUBLE) / %s)
                            + CAST(%s AS DOUBLE) * LEAST(CAST(1 AS DOUBLE), (
                              CASE WHEN high_amounts > 0 THEN 1 ELSE 0 END + CASE WHEN cross_border > 0 THEN 1 ELSE 0 END
                              + CASE WHEN wires > 0 THEN 1 ELSE 0 END + CASE WHEN nights > 0 THEN 1 ELSE 0 END
                              + CASE WHEN high_risk > 0 THEN 1 ELSE 0 END) / CAST(5 AS DOUBLE)))
                        FROM (SELECT customer_id, window_start, window_end, COUNT(*) AS n, SUM(amount) AS exposure,
                          count_flags(flags) AS violations,
                          COUNT(*) FILTER (WHERE risk_level = 'HIGH' OR risk_level = 'CRITICAL') AS high_risk,
                          COUNT(*) FILTER (WHERE amount > %d) AS high_amounts,
                          COUNT(*) FILTER (WHERE is_cross_border) AS cross_border,
                          COUNT(*) FILTER (WHERE transaction_type = 'WIRE_TRANSFER') AS wires,
                          COUNT(*) FILTER (WHERE EXTRACT(HOUR FROM rowtime) < %d) AS nights
                          FROM %s GROUP BY window_start, window_end, customer_id)"""
                                .formatted(
                                        rules.highRiskWeight(),
                                        rules.violationsWeight(),
                                        rules.exposureWeight(),
                                        rules.fullExposure(),
                                        rules.factorsWeight(),
                                        rules.riskAmountOver(),
                                        rules.nightEndsHour(),
                                        window(10))),
                new Job(
                        "dashboard_metrics",
                        "transaction_type" + BOUNDS + "total_volume STRING, average_transaction_value STRING,"
                                + " total_fees STRING, success_rate DOUBLE, status_distribution MAP<STRING, BIGINT>,"
                                + " risk_distribution MAP<STRING, BIGINT>",
                        """
                        SELECT transaction_type, iso_time(window_start), iso_time(window_end), n, money(volume),
                          average(volume, n), money(fees), CAST(completed AS DOUBLE) / n, %s, %s
                        FROM (SELECT transaction_type, window_start, window_end, COUNT(*) AS n, SUM(amount) AS volume,
                          SUM(fee) AS fees, %s, %s
                          FROM %s GROUP BY window_start, window_end, transaction_type)"""
                                .formatted(
                                        distribution(STATUSES),
                                        distribution(LEVELS),
                                        counters("status", STATUSES),
                                        counters("risk_level", LEVELS),
                                        window(1))),
                new Job(
                        "geographic_analysis",
                        "country" + BOUNDS + "total_amount STRING, city_distribution MAP<STRING, BIGINT>,"
                                + " spending_by_city MAP<STRING, STRING>, merchant_distribution MAP<STRING, BIGINT>,"
                                + " currencies MAP<STRING, BIGINT>",
                        """
                        SELECT country, iso_time(window_start), iso_time(window_end), n, money(total), cities,
                          money_map(spending), categories, currencies
                        FROM (SELECT country, window_start, window_end, COUNT(*) AS n, SUM(amount) AS total,
                          count_by(city) AS cities, sum_by(city, amount) AS spending,
                          count_by(merchant_category) AS categories, count_by(currency) AS currencies
                          FROM %s WHERE country IS NOT NULL GROUP BY window_start, window_end, country)"""
                                .formatted(window(5))),
                new Job(
                        "merchant_analysis",
                        "merchant_id" + BOUNDS + "total_revenue STRING, average_transaction_value STRING,"
                                + " unique_customers BIGINT, customer_retention DOUBLE,"
                                + " customer_distribution MAP<STRING, BIGINT>, amount_distribution MAP<STRING, STRING>,"
                                + " locations MAP<STRING, BIGINT>",
                        """
                        SELECT merchant_id, iso_time(window_start), iso_time(window_end), n, money(revenue),
                          average(revenue, completed), CAST(CARDINALITY(customers) AS BIGINT),
                          returning_share(customers), largest(customers),
                          amounts('0-50,50-200,200-1000,1000-10000,10000+', range_0, range_1, range_2, range_3, range_4),
                          cities
                        FROM (SELECT merchant_id, window_start, window_end, COUNT(*) AS n,
                          SUM(amount) FILTER (WHERE status = 'COMPLETED') AS revenue,
                          COUNT(*) FILTER (WHERE status = 'COMPLETED') AS completed,
                          count_by(customer_id) AS customers, count_by(city) AS cities,
                          SUM(amount) FILTER (WHERE amount < 5000) AS range_0,
                          SUM(amount) FILTER (WHERE amount >= 5000 AND amount < 20000) AS range_1,
                          SUM(amount) FILTER (WHERE amount >= 20000 AND amount < 100000) AS range_2,
                          SUM(amount) FILTER (WHERE amount >= 100000 AND amount < 1000000) AS range_3,
                          SUM(amount) FILTER (WHERE amount >= 1000000) AS range_4
                          FROM %s WHERE merchant_id IS NOT NULL GROUP BY window_start, window_end, merchant_id)"""
                                .formatted(window(10))),
                new Job(
                        "time_pattern",
                        "`hour` INT, window_start STRING, window_end STRING, transaction_count BIGINT,"
                                + " transaction_type_distribution MAP<STRING, BIGINT>,"
                                + " spending_by_type MAP<STRING, STRING>, active_customers BIGINT,"
                                + " customer_activity MAP<STRING, BIGINT>, peak_periods ARRAY<STRING>",
                        """
                        SELECT hour_of(L.window_start), iso_time(L.window_start), iso_time(L.window_end), n, %s, %s,
                          active, activity, peaks(hour_of(L.window_start))
                        FROM (SELECT window_start, window_end, COUNT(*) AS n, %s, %s
                          FROM %s GROUP BY window_start, window_end) L
                        JOIN (SELECT window_start, window_end, COUNT(*) AS active,
                          top_counts(customer_id, transactions) AS activity
                          FROM (SELECT customer_id, window_start, window_end, COUNT(*) AS transactions
                            FROM %s GROUP BY window_start, window_end, customer_id)
                          GROUP BY window_start, window_end) R
                        ON L.window_start = R.window_start AND L.window_end = R.window_end"""
                                .formatted(
                                        distribution(TYPES),
                                        "amounts('%s', %s)".formatted(TYPES, listed("sum_", TYPES)),
                                        counters("transaction_type", TYPES),
                                        sums("transaction_type", TYPES),
                                        window(60),
                                        window(60))),
                new Job(
                        "compliance_monitoring",
                        "customer_id" + BOUNDS + "violation_types MAP<STRING, BIGINT>,"
                                + " flagged_transactions ARRAY<STRING>, flagged_count BIGINT,"
                                + " total_violation_amount STRING, risk_level_distribution MAP<STRING, BIGINT>,"
                                + " compliance_score DOUBLE, requires_review BOOLEAN",
                        """
                        SELECT customer_id, iso_time(window_start), iso_time(window_end), n, violations, flagged_ids,
                          flagged, money(flagged_amount), %s,
                          GREATEST(CAST(0 AS DOUBLE), CAST(1 AS DOUBLE) - CAST(penalty(violations) AS DOUBLE) / (10 * n)),
                          penalty(violations) > %d * n
                        FROM (SELECT customer_id, window_start, window_end, COUNT(*) AS n,
                          count_flags(flags) AS violations,
                          first_ids(transaction_id) FILTER (WHERE CARDINALITY(flags) > 0) AS flagged_ids,
                          COUNT(*) FILTER (WHERE CARDINALITY(flags) > 0) AS flagged,
                          SUM(amount) FILTER (WHERE CARDINALITY(flags) > 0) AS flagged_amount, %s
                          FROM %s GROUP BY window_start, window_end, customer_id)"""
                                .formatted(
                                        distribution(LEVELS),
                                        10 - rules.reviewBelow(),
                                        counters("risk_level", LEVELS),
                                        window(30))));
    }

    private static String window(int minutes) {
        return "TABLE(TUMBLE(TABLE transactions, DESCRIPTOR(rowtime), INTERVAL '%d' MINUTES))".formatted(minutes);
    }

    /** A counter for each value of a closed list: cheaper than a map. */
    private static String counters(String column, String values) {
        return names(values)
                .map(value -> "COUNT(*) FILTER (WHERE %s = '%s') AS %s".formatted(column, value, name("", value)))
                .collect(Collectors.joining(", "));
    }

    private static String sums(String column, String values) {
        return names(values)
                .map(value ->
                        "SUM(amount) FILTER (WHERE %s = '%s') AS %s".formatted(column, value, name("sum_", value)))
                .collect(Collectors.joining(", "));
    }

    private static String distribution(String values) {
        return "counted('%s', %s)".formatted(values, listed("", values));
    }

    private static String listed(String prefix, String values) {
        return names(values).map(value -> name(prefix, value)).collect(Collectors.joining(", "));
    }

    private static String name(String prefix, String value) {
        return "`" + prefix + value.toLowerCase(Locale.ROOT) + "`";
    }

    private static Stream<String> names(String values) {
        return Stream.of(values.split(","));
    }

    private WindowJobs() {}
}
