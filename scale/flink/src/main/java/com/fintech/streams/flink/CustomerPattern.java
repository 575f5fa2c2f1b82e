package com.fintech.streams.flink;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is known of a customer's earlier transactions, in partition order: the processor's pattern, field by field. */
final class CustomerPattern {
    static final long MINUTE_MS = 60_000L;
    /** Minute counters kept: the last hour, seen from any record within the 15 minutes of the duplicate horizon. */
    private static final long MINUTES_KEPT = 76;

    long count;
    long sum;
    long squares;
    long firstMs;
    long lastMs;
    /** Pairs of a minute and how many transactions it had. */
    long[] minutes = new long[0];

    int[] hours = new int[24];
    List<String> countries = new ArrayList<>(2);
    List<String> categories = new ArrayList<>(4);

    double mean() {
        return (double) sum / count;
    }

    /** Population standard deviation: √(n·Σx² − (Σx)²) / n, the difference exact. */
    double deviation() {
        return Math.sqrt(scaledVariance()) / count;
    }

    private double scaledVariance() {
        boolean fits = Math.multiplyHigh(count, squares) == 0
                && Math.multiplyHigh(sum, sum) == 0
                && count * squares >= 0
                && sum * sum >= 0;
        if (fits) return count * squares - sum * sum;
        BigInteger total = BigInteger.valueOf(sum);
        return BigInteger.valueOf(count)
                .multiply(BigInteger.valueOf(squares))
                .subtract(total.multiply(total))
                .doubleValue();
    }

    /** The customer's transactions, the one at hand included, in its minute and the `count - 1` before it. */
    long inMinutes(long eventMs, int span) {
        long last = Math.floorDiv(eventMs, MINUTE_MS);
        long first = last - span + 1;
        long total = 1;
        for (int at = 0; at < minutes.length; at += 2) {
            if (minutes[at] >= first && minutes[at] <= last) total += minutes[at + 1];
        }
        return total;
    }

    long ageMs(long eventMs) {
        return count == 0 ? 0 : eventMs - firstMs;
    }

    void learn(long eventMs, long amount, String country, String category) {
        count += 1;
        sum = Math.addExact(sum, amount);
        squares = Math.addExact(squares, Math.multiplyExact(amount, amount));
        if (count == 1) {
            firstMs = eventMs;
            lastMs = eventMs;
        }
        long minute = Math.floorDiv(eventMs, MINUTE_MS);
        if (eventMs > lastMs) {
            lastMs = eventMs;
            dropMinutesBelow(minute - MINUTES_KEPT + 1);
        }
        countMinute(minute);
        hours[hour(eventMs)] += 1;
        if (country != null && !countries.contains(country)) countries.add(country);
        if (category != null && !categories.contains(category)) categories.add(category);
    }

    static int hour(long eventMs) {
        return (int) Math.floorMod(Math.floorDiv(eventMs, 60 * MINUTE_MS), 24L);
    }

    private void countMinute(long minute) {
        for (int at = 0; at < minutes.length; at += 2) {
            if (minutes[at] == minute) {
                minutes[at + 1] += 1;
                return;
            }
        }
        minutes = Arrays.copyOf(minutes, minutes.length + 2);
        minutes[minutes.length - 2] = minute;
        minutes[minutes.length - 1] = 1;
    }

    private void dropMinutesBelow(long first) {
        int kept = 0;
        for (int at = 0; at < minutes.length; at += 2) {
            if (minutes[at] < first) continue;
            minutes[kept] = minutes[at];
            minutes[kept + 1] = minutes[at + 1];
            kept += 2;
        }
        if (kept < minutes.length) minutes = Arrays.copyOf(minutes, kept);
    }

    CustomerPattern copy() {
        CustomerPattern copy = new CustomerPattern();
        copy.count = count;
        copy.sum = sum;
        copy.squares = squares;
        copy.firstMs = firstMs;
        copy.lastMs = lastMs;
        copy.minutes = minutes.clone();
        copy.hours = hours.clone();
        copy.countries = new ArrayList<>(countries);
        copy.categories = new ArrayList<>(categories);
        return copy;
    }
}
