package com.fintech.streams.flink;

import static com.fintech.streams.flink.CustomerPattern.MINUTE_MS;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * What is decided by one customer's transactions in order: a transaction id counts once within 15 minutes, and the two
 * per-transaction jobs judge it. Each new transaction goes on to the window jobs; verdicts and anomalies are side
 * outputs of key and value, ready for Kafka.
 */
final class CustomerFunction extends KeyedProcessFunction<String, RowData, RowData> {
    private static final long serialVersionUID = 1L;
    private static final long HORIZON_MS = 15 * MINUTE_MS;

    static final OutputTag<Tuple2<byte[], byte[]>> VERDICTS = tag("verdicts");
    static final OutputTag<Tuple2<byte[], byte[]>> ANOMALIES = tag("anomalies");

    private final Rules rules;
    private transient ValueState<CustomerPattern> patterns;
    /** Transaction ids of the last 15 minutes with their event times. */
    private transient MapState<TransactionId, Long> recentIds;

    private transient StringBuilder json;

    CustomerFunction(Rules rules) {
        this.rules = rules;
    }

    private static OutputTag<Tuple2<byte[], byte[]>> tag(String name) {
        return new OutputTag<>(
                name,
                Types.TUPLE(
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    }

    @Override
    public void open(OpenContext context) {
        patterns = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("pattern", CustomerPatternSerializer.INSTANCE));
        recentIds = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("recent", TransactionId.Serializer.INSTANCE, LongSerializer.INSTANCE));
        json = new StringBuilder(512);
    }

    @Override
    public void processElement(RowData row, Context context, Collector<RowData> out) throws Exception {
        long eventMs = row.getLong(Transactions.EVENT_MS);
        String id = row.getString(Transactions.TRANSACTION_ID).toString();
        TransactionId bits = TransactionId.parse(id);
        if (recentIds.contains(bits)) return;
        recentIds.put(bits, eventMs);
        // One timer a minute and customer: it forgets what has left the horizon by then.
        context.timerService()
                .registerEventTimeTimer((Math.floorDiv(eventMs, MINUTE_MS) + 1) * MINUTE_MS + HORIZON_MS);

        CustomerPattern pattern = patterns.value();
        if (pattern == null) pattern = new CustomerPattern();
        long amount = row.getLong(Transactions.AMOUNT);
        String country = text(row, Transactions.COUNTRY);
        String category = text(row, Transactions.MERCHANT_CATEGORY);
        byte[] key = utf8("{\"transaction_id\":\"" + id + "\"}");
        String eventTime = Instants.format(eventMs);
        judgeFraud(row, id, eventMs, eventTime, amount, country, pattern);
        context.output(VERDICTS, Tuple2.of(key, utf8(json.toString())));
        if (judgeAnomaly(row, id, eventMs, eventTime, amount, category, pattern)) {
            context.output(ANOMALIES, Tuple2.of(key, utf8(json.toString())));
        }
        pattern.learn(eventMs, amount, country, category);
        patterns.update(pattern);
        out.collect(row);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<RowData> out) throws Exception {
        Iterator<Map.Entry<TransactionId, Long>> entries = recentIds.iterator();
        while (entries.hasNext()) if (entries.next().getValue() < timestamp - HORIZON_MS) entries.remove();
    }

    private void judgeFraud(
            RowData row, String id, long eventMs, String eventTime, long amount, String country, CustomerPattern earlier) {
        json.setLength(0);
        json.append("{\"transaction_id\":\"").append(id);
        json.append("\",\"customer_id\":\"").append(row.getString(Transactions.CUSTOMER_ID));
        if (row.isNullAt(Transactions.ACCOUNT_ID)) json.append("\",\"account_id\":null");
        else json.append("\",\"account_id\":\"").append(row.getString(Transactions.ACCOUNT_ID)).append('"');
        json.append(",\"amount_usd\":\"").append(Money.format(amount)).append("\",");
        verdict(eventMs, amount, country, earlier);
        json.append("},\"rule_version\":\"").append(rules.version());
        json.append("\",\"event_time\":\"").append(eventTime).append("\"}");
    }

    /** Writes the verdict, its score and its evidence, which it leaves open. */
    private void verdict(long eventMs, long amount, String country, CustomerPattern earlier) {
        Rules.HighAmount high = rules.highAmount();
        if (earlier.count >= high.minEarlier() && amount > high.amountOver()) {
            double deviation = earlier.deviation();
            double limit = earlier.mean() + high.deviations() * deviation;
            if (amount > limit) {
                begin("HIGH_AMOUNT", high.score()).append("\"earlier\":").append(earlier.count);
                json.append(",\"mean\":\"").append(Money.average(earlier.sum, earlier.count));
                json.append("\",\"deviation\":").append(deviation / 100).append(",\"limit\":").append(limit / 100);
                return;
            }
        }
        Rules.Frequency frequency = rules.frequency();
        if (earlier.ageMs(eventMs) >= frequency.minAgeMs()) {
            long n5 = earlier.inMinutes(eventMs, 5);
            if (n5 > frequency.countOver()) {
                long n60 = earlier.inMinutes(eventMs, 60);
                double limit = Math.max(frequency.countOver(), frequency.rateFactor() * n60 / 12);
                if (n5 > limit) {
                    begin("FREQUENCY_ANOMALY", frequency.score()).append("\"n5\":").append(n5);
                    json.append(",\"n60\":").append(n60).append(",\"limit\":").append(limit);
                    return;
                }
            }
        }
        if (country != null && earlier.count >= rules.locationMinEarlier() && !earlier.countries.contains(country)) {
            begin("LOCATION_ANOMALY", rules.locationScore()).append("\"country\":\"").append(quoted(country));
            json.append("\",\"earlier\":").append(earlier.count);
            return;
        }
        Rules.UnusualHour unusual = rules.unusualHour();
        int hour = CustomerPattern.hour(eventMs);
        if ((hour < unusual.firstNormal() || hour > unusual.lastNormal())
                && earlier.hours[hour] < unusual.minEarlierInHour()) {
            begin("TIME_ANOMALY", unusual.score()).append("\"hour\":").append(hour);
            json.append(",\"earlier_in_hour\":").append(earlier.hours[hour]);
            json.append(",\"normal_from\":").append(unusual.minEarlierInHour());
            return;
        }
        begin("NORMAL", rules.normalScore()).append("\"earlier\":").append(earlier.count);
    }

    private StringBuilder begin(String verdict, double score) {
        json.append("\"verdict\":\"").append(verdict).append("\",\"fraud_score\":").append(score);
        return json.append(",\"evidence\":{");
    }

    private boolean judgeAnomaly(
            RowData row, String id, long eventMs, String eventTime, long amount, String category, CustomerPattern earlier) {
        json.setLength(0);
        json.append("{\"transaction_id\":\"").append(id);
        json.append("\",\"customer_id\":\"").append(row.getString(Transactions.CUSTOMER_ID)).append("\",");
        if (!anomaly(eventMs, amount, category, earlier)) return false;
        json.append("},\"rule_version\":\"").append(rules.version());
        json.append("\",\"event_time\":\"").append(eventTime).append("\"}");
        return true;
    }

    private boolean anomaly(long eventMs, long amount, String category, CustomerPattern earlier) {
        if (earlier.count >= rules.outlierMinEarlier()) {
            double deviation = earlier.deviation();
            double z = deviation == 0 ? 0 : (amount - earlier.mean()) / deviation;
            if (Math.abs(z) > rules.outlierDeviations()) {
                String shown = Money.format(amount);
                String mean = Money.average(earlier.sum, earlier.count);
                begin("STATISTICAL_OUTLIER", z, shown + " is " + oneDigit(Math.abs(z)) + " standard deviations "
                        + (z > 0 ? "above" : "below") + " the customer's mean of " + mean);
                json.append("\"amount\":\"").append(shown).append("\",\"earlier\":").append(earlier.count);
                json.append(",\"mean\":\"").append(mean).append("\",\"deviation\":").append(deviation / 100);
                json.append(",\"limit\":").append(rules.outlierDeviations());
                return true;
            }
        }
        if (category != null
                && earlier.count >= rules.deviationMinEarlier()
                && !earlier.categories.contains(category)
                && Math.multiplyExact(amount, earlier.count)
                        > Math.multiplyExact(rules.deviationMeanFactor(), earlier.sum)) {
            String shown = Money.format(amount);
            String mean = Money.average(earlier.sum, earlier.count);
            begin("PATTERN_DEVIATION", rules.deviationScore(), "first in " + new String(quoted(category)) + ", and " + shown + " is over "
                    + rules.deviationMeanFactor() + " times the customer's mean of " + mean);
            json.append("\"amount\":\"").append(shown).append("\",\"category\":\"").append(quoted(category));
            json.append("\",\"earlier\":").append(earlier.count).append(",\"mean\":\"").append(mean);
            json.append("\",\"mean_factor\":").append(rules.deviationMeanFactor());
            return true;
        }
        Rules.Frequency velocity = rules.velocity();
        if (earlier.ageMs(eventMs) < velocity.minAgeMs()) return false;
        long n1 = earlier.inMinutes(eventMs, 1);
        if (n1 <= velocity.countOver()) return false;
        long n60 = earlier.inMinutes(eventMs, 60);
        double limit = Math.max(velocity.countOver(), velocity.rateFactor() * n60 / 60);
        if (n1 <= limit) return false;
        begin("VELOCITY_ANOMALY", velocity.score(),
                n1 + " transactions in one minute, " + n60 + " in the hour up to it");
        json.append("\"n1\":").append(n1).append(",\"n60\":").append(n60).append(",\"limit\":").append(limit);
        return true;
    }

    private void begin(String type, double score, String description) {
        json.append("\"anomaly_type\":\"").append(type).append("\",\"anomaly_score\":").append(score);
        json.append(",\"description\":\"").append(description).append("\",\"evidence\":{");
    }

    private static char[] quoted(String text) {
        return JsonStringEncoder.getInstance().quoteAsString(text);
    }

    private static String oneDigit(double value) {
        return new BigDecimal(value).setScale(1, RoundingMode.HALF_UP).toPlainString();
    }

    private static String text(RowData row, int column) {
        if (row.isNullAt(column)) return null;
        StringData text = row.getString(column);
        return text.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
