package com.fintech.streams.flink;

/** Cents as decimal strings with two digits. */
final class Money {
    static String format(long cents) {
        long fraction = cents % 100;
        return cents / 100 + (fraction < 10 ? ".0" : ".") + fraction;
    }

    /** The average of amounts of which none is negative, rounded half up. */
    static String average(long sum, long count) {
        return format(sum / count + (2 * (sum % count) >= count ? 1 : 0));
    }

    private Money() {}
}
