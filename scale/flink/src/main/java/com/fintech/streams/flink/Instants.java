package com.fintech.streams.flink;

import java.time.Instant;

/** Writes times as `2026-11-20T13:31:00.000Z`. */
final class Instants {
    private static final long DAY_MS = 86_400_000L;
    private static final ThreadLocal<Day> LAST_DAY = ThreadLocal.withInitial(Day::new);

    private static final class Day {
        long number = Long.MIN_VALUE;
        String text;
    }

    static String format(long ms) {
        long number = Math.floorDiv(ms, DAY_MS);
        Day day = LAST_DAY.get();
        if (day.number != number) {
            day.text = Instant.ofEpochMilli(number * DAY_MS).toString().substring(0, 11);
            day.number = number;
        }
        int rest = (int) (ms - number * DAY_MS);
        char[] time = new char[13];
        two(time, 0, rest / 3_600_000);
        time[2] = ':';
        two(time, 3, rest / 60_000 % 60);
        time[5] = ':';
        two(time, 6, rest / 1_000 % 60);
        time[8] = '.';
        int fraction = rest % 1_000;
        time[9] = (char) ('0' + fraction / 100);
        two(time, 10, fraction % 100);
        time[12] = 'Z';
        return day.text + new String(time);
    }

    private static void two(char[] into, int at, int value) {
        into[at] = (char) ('0' + value / 10);
        into[at + 1] = (char) ('0' + value % 10);
    }

    private Instants() {}
}
