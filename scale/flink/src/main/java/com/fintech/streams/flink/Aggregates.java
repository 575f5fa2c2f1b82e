package com.fintech.streams.flink;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.functions.AggregateFunction;

/** Distributions whose values are open, as mergeable aggregates, so that two-phase aggregation works. */
public final class Aggregates {
    private static final int IDS_MAX = 100;
    private static final int TOP_MAX = 20;

    private abstract static class Counting<R> extends AggregateFunction<R, Counts> {
        @Override
        public Counts createAccumulator() {
            return new Counts();
        }

        public void merge(Counts into, Iterable<Counts> others) {
            for (Counts from : others) from.byName.forEach(into::add);
        }
    }

    /** How often each value occurred; null does not count. */
    @FunctionHint(
            accumulator =
                    @DataTypeHint(value = "RAW", bridgedTo = Counts.class, rawSerializer = Counts.Serializer.class),
            output = @DataTypeHint("MAP<STRING, BIGINT>"))
    public static final class CountBy extends Counting<Map<String, Long>> {
        public void accumulate(Counts counts, String value) {
            if (value != null) counts.add(value, 1);
        }

        @Override
        public Map<String, Long> getValue(Counts counts) {
            return counts.byName;
        }
    }

    /** How often each flag occurred. */
    @FunctionHint(
            accumulator =
                    @DataTypeHint(value = "RAW", bridgedTo = Counts.class, rawSerializer = Counts.Serializer.class),
            output = @DataTypeHint("MAP<STRING, BIGINT>"))
    public static final class CountFlags extends Counting<Map<String, Long>> {
        public void accumulate(Counts counts, @DataTypeHint("ARRAY<STRING>") String[] flags) {
            for (String flag : flags) counts.add(flag, 1);
        }

        @Override
        public Map<String, Long> getValue(Counts counts) {
            return counts.byName;
        }
    }

    /** How much fell on each value; null does not count. */
    @FunctionHint(
            accumulator =
                    @DataTypeHint(value = "RAW", bridgedTo = Counts.class, rawSerializer = Counts.Serializer.class),
            output = @DataTypeHint("MAP<STRING, BIGINT>"))
    public static final class SumBy extends Counting<Map<String, Long>> {
        public void accumulate(Counts sums, String value, Long amount) {
            if (value != null) sums.add(value, amount);
        }

        @Override
        public Map<String, Long> getValue(Counts sums) {
            return sums.byName;
        }
    }

    /** The 20 names with the largest numbers, ties by name; each name comes once. */
    @FunctionHint(
            accumulator =
                    @DataTypeHint(value = "RAW", bridgedTo = Counts.class, rawSerializer = Counts.Serializer.class),
            output = @DataTypeHint("MAP<STRING, BIGINT>"))
    public static final class TopCounts extends Counting<Map<String, Long>> {
        public void accumulate(Counts counts, String name, Long count) {
            counts.add(name, count);
            if (counts.byName.size() >= 64 * TOP_MAX) keepLargest(counts.byName);
        }

        @Override
        public Map<String, Long> getValue(Counts counts) {
            Map<String, Long> largest = new HashMap<>(counts.byName);
            keepLargest(largest);
            return largest;
        }

        private static void keepLargest(Map<String, Long> counts) {
            if (counts.size() <= TOP_MAX) return;
            List<Map.Entry<String, Long>> entries = new ArrayList<>(counts.entrySet());
            entries.sort(Functions.LARGEST_FIRST);
            for (Map.Entry<String, Long> entry : entries.subList(TOP_MAX, entries.size())) counts.remove(entry.getKey());
        }
    }

    /** The accumulator of {@link FirstIds}. */
    public static final class Ids {
        public String[] ids = new String[0];
    }

    /** The first 100 ids, in order. */
    public static final class FirstIds extends AggregateFunction<String[], Ids> {
        @Override
        public Ids createAccumulator() {
            return new Ids();
        }

        public void accumulate(Ids first, String id) {
            if (first.ids.length == IDS_MAX) return;
            first.ids = Arrays.copyOf(first.ids, first.ids.length + 1);
            first.ids[first.ids.length - 1] = id;
        }

        public void merge(Ids into, Iterable<Ids> others) {
            for (Ids from : others) for (String id : from.ids) accumulate(into, id);
        }

        @Override
        public String[] getValue(Ids first) {
            return first.ids;
        }
    }

    static Map<String, AggregateFunction<?, ?>> all() {
        Map<String, AggregateFunction<?, ?>> aggregates = new HashMap<>();
        aggregates.put("count_by", new CountBy());
        aggregates.put("count_flags", new CountFlags());
        aggregates.put("sum_by", new SumBy());
        aggregates.put("top_counts", new TopCounts());
        aggregates.put("first_ids", new FirstIds());
        return aggregates;
    }

    private Aggregates() {}
}
