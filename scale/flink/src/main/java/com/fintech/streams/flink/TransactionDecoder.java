package com.fintech.streams.flink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads flat change rows with Jackson's streaming parser, only the columns that a job needs. Updates, deletes, tombstones
 * and rows that had another key before are left out. Unlike the processor it has no dead letters: a malformed record fails the job.
 */
final class TransactionDecoder implements KafkaRecordDeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;
    /** Distinct texts and locations kept; further ones are read again each time. */
    private static final int KEPT_MAX = 4_096;

    /** A created row with this header was moved from another customer. */
    private static final String OLD_KEY = "__debezium.oldkey";

    private static final JsonFactory JSON = new JsonFactory();
    private static final StringData[] NOWHERE = {null, null};
    private static final GenericArrayData NO_FLAGS = new GenericArrayData(new Object[0]);

    private transient Map<String, StringData> texts;
    private transient Map<String, StringData[]> locations;
    private transient String lastDay;
    private transient long lastDayMs;

    @Override
    public void open(InitializationContext context) {
        texts = new HashMap<>();
        locations = new HashMap<>();
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RowData> out) throws IOException {
        Progress.record();
        if (record.value() == null) return;
        RowData row = read(record.value(), record.timestamp(), record.headers().lastHeader(OLD_KEY) != null);
        if (row != null) out.collect(row);
    }

    /** The row that a record creates, or null. */
    private RowData read(byte[] message, long recordMs, boolean isMoved) throws IOException {
        GenericRowData row = new GenericRowData(Transactions.COLUMNS);
        row.setField(Transactions.CHANGED_MS, recordMs);
        row.setField(Transactions.IS_CROSS_BORDER, false);
        row.setField(Transactions.FLAGS, NO_FLAGS);
        boolean isCreation = false;
        try (JsonParser parser = JSON.createParser(message)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) throw new IOException("not a JSON object");
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_NULL) continue;
                switch (name) {
                    case "transaction_id" -> row.setField(Transactions.TRANSACTION_ID, unique(parser));
                    case "customer_id" -> row.setField(Transactions.CUSTOMER_ID, unique(parser));
                    case "account_id" -> row.setField(Transactions.ACCOUNT_ID, unique(parser));
                    case "merchant_id" -> row.setField(Transactions.MERCHANT_ID, unique(parser));
                    case "merchant_category" -> row.setField(Transactions.MERCHANT_CATEGORY, kept(parser.getText()));
                    case "transaction_type" -> row.setField(Transactions.TRANSACTION_TYPE, kept(parser.getText()));
                    case "status" -> row.setField(Transactions.STATUS, kept(parser.getText()));
                    case "risk_level" -> row.setField(Transactions.RISK_LEVEL, kept(parser.getText()));
                    case "amount_usd" -> row.setField(Transactions.AMOUNT, cents(parser));
                    case "fee_amount" -> row.setField(Transactions.FEE, cents(parser));
                    case "currency" -> row.setField(Transactions.CURRENCY, kept(parser.getText()));
                    case "channel" -> row.setField(Transactions.CHANNEL, kept(parser.getText()));
                    case "transaction_location" -> {
                        StringData[] location = location(parser.getText());
                        row.setField(Transactions.COUNTRY, location[0]);
                        row.setField(Transactions.CITY, location[1]);
                    }
                    case "device_fingerprint" -> row.setField(Transactions.DEVICE, unique(parser));
                    case "is_cross_border" -> row.setField(
                            Transactions.IS_CROSS_BORDER, token == JsonToken.VALUE_TRUE);
                    case "compliance_flags" -> row.setField(Transactions.FLAGS, flags(parser));
                    case "created_at" -> row.setField(Transactions.EVENT_MS, instant(parser.getText()));
                    case "__source_ts_ms" -> row.setField(Transactions.CHANGED_MS, parser.getLongValue());
                    case "__op" -> isCreation =
                            "r".equals(parser.getText()) || ("c".equals(parser.getText()) && !isMoved);
                    default -> parser.skipChildren();
                }
            }
        }
        if (!isCreation) return null;
        // No merchant means no category.
        if (row.isNullAt(Transactions.MERCHANT_ID)) row.setField(Transactions.MERCHANT_CATEGORY, null);
        return row;
    }

    private static StringData unique(JsonParser parser) throws IOException {
        String text = parser.getText();
        return text.isEmpty() ? null : StringData.fromString(text);
    }

    private StringData kept(String text) {
        if (text.isEmpty()) return null;
        StringData known = texts.get(text);
        if (known != null) return known;
        StringData value = StringData.fromBytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        if (texts.size() < KEPT_MAX) texts.put(text, value);
        return value;
    }

    private static long cents(JsonParser parser) throws IOException {
        char[] chars = parser.getTextCharacters();
        int at = parser.getTextOffset();
        int end = at + parser.getTextLength();
        long cents = 0;
        int fraction = -1;
        for (; at < end; at++) {
            if (chars[at] == '.' && fraction == -1) {
                fraction = 0;
                continue;
            }
            int digit = chars[at] - '0';
            if (digit == 0 && fraction == 2) continue; // Zeros may follow the cent.
            if (digit < 0 || digit > 9 || fraction == 2) throw new IOException("not an amount: " + parser.getText());
            cents = Math.addExact(Math.multiplyExact(cents, 10L), digit);
            if (fraction >= 0) fraction++;
        }
        for (int missing = 2 - Math.max(fraction, 0); missing > 0; missing--) cents = Math.multiplyExact(cents, 10L);
        return cents;
    }

    private StringData[] location(String json) throws IOException {
        StringData[] known = locations.get(json);
        if (known != null) return known;
        StringData[] location = readLocation(json);
        if (locations.size() < KEPT_MAX) locations.put(json, location);
        return location;
    }

    private StringData[] readLocation(String json) throws IOException {
        StringData country = null;
        StringData city = null;
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) return NOWHERE;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_STRING && name.equals("country")) country = kept(parser.getText());
                else if (token == JsonToken.VALUE_STRING && name.equals("city")) city = kept(parser.getText());
                else parser.skipChildren();
            }
        }
        return new StringData[] {country, city};
    }

    private GenericArrayData flags(JsonParser parser) throws IOException {
        List<StringData> flags = null;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_ARRAY) throw new IOException("flags within flags");
            StringData flag = kept(parser.getText());
            if (flags == null) flags = new ArrayList<>(2);
            if (flag != null && !flags.contains(flag)) flags.add(flag);
        }
        return flags == null ? NO_FLAGS : new GenericArrayData(flags.toArray());
    }

    /** Milliseconds of `2026-11-20T13:31:00.000Z`; most transactions of a stream are of one day. */
    private long instant(String text) {
        if (text.length() != 24 || text.charAt(23) != 'Z') return Instant.parse(text).toEpochMilli();
        if (lastDay == null || !text.startsWith(lastDay)) {
            lastDay = text.substring(0, 10);
            lastDayMs = Instant.parse(lastDay + "T00:00:00Z").toEpochMilli();
        }
        long seconds = digits(text, 11, 2) * 3_600L + digits(text, 14, 2) * 60L + digits(text, 17, 2);
        return lastDayMs + seconds * 1_000L + digits(text, 20, 3);
    }

    private static int digits(String text, int from, int count) {
        int value = 0;
        for (int at = from; at < from + count; at++) value = value * 10 + (text.charAt(at) - '0');
        return value;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return Transactions.TYPE_INFO;
    }
}
