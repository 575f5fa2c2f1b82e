package com.fintech.streams.flink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The processor's rules document; amounts are cents, weights tenths. Switched-off rules are not supported. */
record Rules(
        String version,
        HighAmount highAmount,
        Frequency frequency,
        double locationScore,
        long locationMinEarlier,
        UnusualHour unusualHour,
        double normalScore,
        long outlierMinEarlier,
        double outlierDeviations,
        double deviationScore,
        long deviationMinEarlier,
        long deviationMeanFactor,
        Frequency velocity,
        long riskAmountOver,
        int nightEndsHour,
        double highRiskWeight,
        double violationsWeight,
        double exposureWeight,
        double fullExposure,
        double factorsWeight,
        Map<String, Long> complianceWeights,
        long reviewBelow)
        implements Serializable {

    record HighAmount(double score, long minEarlier, long amountOver, double deviations) implements Serializable {}

    record Frequency(double score, long minAgeMs, long countOver, double rateFactor) implements Serializable {}

    record UnusualHour(double score, int firstNormal, int lastNormal, long minEarlierInHour) implements Serializable {}

    static Rules load(Path path) throws IOException {
        JsonNode rules = new ObjectMapper().readTree(path.toFile());
        JsonNode fraud = rules.path("fraud_detection");
        JsonNode anomaly = rules.path("anomaly_detection");
        JsonNode risk = rules.path("risk_analytics");
        JsonNode compliance = rules.path("compliance_monitoring");
        JsonNode high = fraud.path("HIGH_AMOUNT");
        JsonNode location = fraud.path("LOCATION_ANOMALY");
        JsonNode hour = fraud.path("TIME_ANOMALY");
        JsonNode outlier = anomaly.path("STATISTICAL_OUTLIER");
        JsonNode deviation = anomaly.path("PATTERN_DEVIATION");
        Map<String, Long> weights = new HashMap<>();
        compliance.path("weights").fields().forEachRemaining(
                weight -> weights.put(weight.getKey(), Math.round(weight.getValue().doubleValue() * 10)));
        return new Rules(
                rules.path("version").textValue(),
                new HighAmount(
                        high.path("score").doubleValue(),
                        high.path("minEarlier").longValue(),
                        cents(high.path("amountOver")),
                        high.path("deviations").doubleValue()),
                frequency(fraud.path("FREQUENCY_ANOMALY")),
                location.path("score").doubleValue(),
                location.path("minEarlier").longValue(),
                new UnusualHour(
                        hour.path("score").doubleValue(),
                        hour.path("firstNormalHour").intValue(),
                        hour.path("lastNormalHour").intValue(),
                        hour.path("minEarlierInHour").longValue()),
                fraud.path("NORMAL").path("score").doubleValue(),
                outlier.path("minEarlier").longValue(),
                outlier.path("deviations").doubleValue(),
                deviation.path("score").doubleValue(),
                deviation.path("minEarlier").longValue(),
                deviation.path("meanFactor").longValue(),
                frequency(anomaly.path("VELOCITY_ANOMALY")),
                cents(risk.path("factors").path("amountOver")),
                risk.path("factors").path("nightEndsHour").intValue(),
                risk.path("score").path("highRiskWeight").doubleValue(),
                risk.path("score").path("violationsWeight").doubleValue(),
                risk.path("score").path("exposureWeight").doubleValue(),
                cents(risk.path("score").path("fullExposure")),
                risk.path("score").path("factorsWeight").doubleValue(),
                weights,
                Math.round(compliance.path("reviewBelow").doubleValue() * 10));
    }

    private static Frequency frequency(JsonNode rule) {
        return new Frequency(
                rule.path("score").doubleValue(),
                rule.path("minAgeMinutes").longValue() * 60_000L,
                rule.path("countOver").longValue(),
                rule.path("rateFactor").doubleValue());
    }

    private static long cents(JsonNode amount) {
        return new BigDecimal(amount.textValue()).movePointRight(2).longValueExact();
    }
}
