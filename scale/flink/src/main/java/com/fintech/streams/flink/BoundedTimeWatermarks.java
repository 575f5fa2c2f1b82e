package com.fintech.streams.flink;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.table.data.RowData;

/**
 * Watermarks behind the largest event time, where a row counts no further than its commit: a sender whose clock is ahead
 * closes nobody's windows.
 */
final class BoundedTimeWatermarks implements WatermarkGenerator<RowData> {
    private final long behindMs;
    private long largestMs;

    BoundedTimeWatermarks(Duration behind) {
        behindMs = behind.toMillis();
        largestMs = Long.MIN_VALUE + behindMs + 1;
    }

    @Override
    public void onEvent(RowData row, long eventMs, WatermarkOutput output) {
        largestMs = Math.max(largestMs, Math.min(eventMs, row.getLong(Transactions.CHANGED_MS)));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        output.emitWatermark(new Watermark(largestMs - behindMs - 1));
    }
}
