package com.fintech.streams.flink;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.ScalarFunction;

/** What SQL has no words for: how results are written, and a few formulas over distributions. */
public final class Functions {
    private static final int TOP_CUSTOMERS = 20;

    /** A window's bound as event times are written. */
    public static final class IsoTime extends ScalarFunction {
        public String eval(@DataTypeHint(value = "TIMESTAMP(3)", bridgedTo = TimestampData.class) TimestampData at) {
            return Instants.format(at.getMillisecond());
        }
    }

    /** Cents as a decimal string; nothing is "0.00". */
    public static final class MoneyText extends ScalarFunction {
        public String eval(Long cents) {
            return Money.format(cents == null ? 0 : cents);
        }
    }

    /** The average of amounts as a decimal string; null of none. */
    public static final class AverageText extends ScalarFunction {
        public String eval(Long sum, Long count) {
            return count == null || count == 0 ? null : Money.average(sum, count);
        }
    }

    /** A distribution from counters whose names are known: `counted('A,B', countOfA, countOfB)`. */
    public static final class DistributionOf extends ScalarFunction {
        private transient Map<String, String[]> names;

        public @DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> eval(String listed, Long... counts) {
            Map<String, Long> distribution = new HashMap<>();
            String[] all = namesOf(listed);
            for (int at = 0; at < all.length; at++) if (counts[at] > 0) distribution.put(all[at], counts[at]);
            return distribution;
        }

        private String[] namesOf(String listed) {
            if (names == null) names = new HashMap<>();
            return names.computeIfAbsent(listed, text -> text.split(","));
        }
    }

    /** The same of amounts; null and 0 are left out. */
    public static final class AmountsOf extends ScalarFunction {
        private transient Map<String, String[]> names;

        public @DataTypeHint("MAP<STRING, STRING>") Map<String, String> eval(String listed, Long... cents) {
            if (names == null) names = new HashMap<>();
            String[] all = names.computeIfAbsent(listed, text -> text.split(","));
            Map<String, String> amounts = new HashMap<>();
            for (int at = 0; at < all.length; at++) {
                if (cents[at] != null && cents[at] != 0) amounts.put(all[at], Money.format(cents[at]));
            }
            return amounts;
        }
    }

    /** Sums in cents as decimal strings; those of nothing are left out. */
    public static final class MoneyMap extends ScalarFunction {
        public @DataTypeHint("MAP<STRING, STRING>") Map<String, String> eval(
                @DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> sums) {
            Map<String, String> amounts = new HashMap<>();
            sums.forEach((value, cents) -> {
                if (cents != 0) amounts.put(value, Money.format(cents));
            });
            return amounts;
        }
    }

    /** The largest count's share of all, 0 of none. */
    public static final class LargestShare extends ScalarFunction {
        public Double eval(@DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> counts) {
            long total = 0;
            long largest = 0;
            for (long count : counts.values()) {
                total += count;
                largest = Math.max(largest, count);
            }
            return total == 0 ? 0.0 : (double) largest / total;
        }
    }

    /** Σ (share)², 0 when the sum is 0. */
    public static final class Concentration extends ScalarFunction {
        public Double eval(@DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> sums) {
            long total = 0;
            for (long cents : sums.values()) total += cents;
            if (total == 0) return 0.0;
            double squares = 0;
            for (long cents : sums.values()) squares += ((double) cents / total) * ((double) cents / total);
            return squares;
        }
    }

    /** Σ count. */
    public static final class Total extends ScalarFunction {
        public Long eval(@DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> counts) {
            long total = 0;
            for (long count : counts.values()) total += count;
            return total;
        }
    }

    /** The share of values that occurred at least twice. */
    public static final class ReturningShare extends ScalarFunction {
        public Double eval(@DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> counts) {
            long returning = 0;
            for (long count : counts.values()) if (count >= 2) returning++;
            return (double) returning / counts.size();
        }
    }

    /** The 20 largest counts, ties by name. */
    public static final class Largest extends ScalarFunction {
        public @DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> eval(
                @DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> counts) {
            List<Map.Entry<String, Long>> entries = new ArrayList<>(counts.entrySet());
            entries.sort(LARGEST_FIRST);
            Map<String, Long> largest = new LinkedHashMap<>();
            for (Map.Entry<String, Long> entry : entries.subList(0, Math.min(TOP_CUSTOMERS, entries.size()))) {
                largest.put(entry.getKey(), entry.getValue());
            }
            return largest;
        }
    }

    static final Comparator<Map.Entry<String, Long>> LARGEST_FIRST =
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey());

    /** Σ weight(flag) · count(flag), in tenths. */
    public static final class Penalty extends ScalarFunction {
        private final HashMap<String, Long> weights;

        Penalty(Map<String, Long> weights) {
            this.weights = new HashMap<>(weights);
        }

        public Long eval(@DataTypeHint("MAP<STRING, BIGINT>") Map<String, Long> violations) {
            long tenths = 0;
            for (Map.Entry<String, Long> flag : violations.entrySet()) {
                tenths += weights.getOrDefault(flag.getKey(), 0L) * flag.getValue();
            }
            return tenths;
        }
    }

    /** The hour's peaks. */
    public static final class Peaks extends ScalarFunction {
        public @DataTypeHint("ARRAY<STRING>") String[] eval(Integer hour) {
            List<String> peaks = new ArrayList<>(1);
            if (hour >= 9 && hour <= 11) peaks.add("MORNING_PEAK");
            if (hour >= 12 && hour <= 14) peaks.add("LUNCH_PEAK");
            if (hour >= 17 && hour <= 19) peaks.add("EVENING_PEAK");
            return peaks.toArray(String[]::new);
        }
    }

    /** The hour of a window's start. */
    public static final class HourOf extends ScalarFunction {
        public Integer eval(@DataTypeHint(value = "TIMESTAMP(3)", bridgedTo = TimestampData.class) TimestampData at) {
            return CustomerPattern.hour(at.getMillisecond());
        }
    }

    static Map<String, ScalarFunction> all(Rules rules) {
        Map<String, ScalarFunction> functions = new LinkedHashMap<>();
        functions.put("iso_time", new IsoTime());
        functions.put("money", new MoneyText());
        functions.put("average", new AverageText());
        functions.put("counted", new DistributionOf());
        functions.put("amounts", new AmountsOf());
        functions.put("money_map", new MoneyMap());
        functions.put("largest_share", new LargestShare());
        functions.put("concentration", new Concentration());
        functions.put("total", new Total());
        functions.put("returning_share", new ReturningShare());
        functions.put("largest", new Largest());
        functions.put("penalty", new Penalty(rules.complianceWeights()));
        functions.put("peaks", new Peaks());
        functions.put("hour_of", new HourOf());
        return functions;
    }

    private Functions() {}
}
