package com.fintech.streams.flink;

/** When which record of a run was read. One reader, so plain fields do; the launcher reads them when the run is over. */
final class Progress {
    private static volatile long expected;
    private static long records;
    private static long firstNanos;
    private static long tenthNanos;
    private static long ninetiethNanos;
    private static volatile long lastNanos;

    /** Begins a run that will read this many records. */
    static void begin(long expectedRecords) {
        expected = expectedRecords;
        records = 0;
    }

    static void record() {
        long n = ++records;
        if (n == 1) firstNanos = System.nanoTime();
        if (n == expected / 10) tenthNanos = System.nanoTime();
        if (n == expected - expected / 10) ninetiethNanos = System.nanoTime();
        if (n == expected) lastNanos = System.nanoTime();
    }

    static long records() {
        return records;
    }

    static double secondsSinceFirst(long nanos) {
        return (nanos - firstNanos) / 1e9;
    }

    static double secondsToLast() {
        return (lastNanos - firstNanos) / 1e9;
    }

    /** Records a second between the first tenth and the last. */
    static double middleRate() {
        return (expected - expected / 10 - expected / 10) / ((ninetiethNanos - tenthNanos) / 1e9);
    }

    private Progress() {}
}
