package com.fintech.streams.flink;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Runs the ten jobs over what `fintech.transactions` holds now, as often as asked, in one JVM: the first run is cold,
 * later ones are warm. Prints one line of JSON a run.
 */
public final class Main {
    static final String SOURCE = "fintech.transactions";

    public static void main(String[] args) throws Exception {
        Settings settings;
        try {
            settings = Settings.parse(args);
        } catch (IllegalArgumentException error) {
            System.err.println("flink-jobs: " + error.getMessage());
            System.exit(2);
            return;
        }
        Rules rules = Rules.load(settings.rules());
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int run = 1; run <= settings.runs(); run++) {
            long records = recordsIn(settings.bootstrap());
            Progress.begin(records);
            StreamExecutionEnvironment environment = Topology.build(settings, rules, run);
            // Planning is not part of what is measured.
            long cpuBefore = system.getProcessCpuTime();
            environment.execute("fintech-streams");
            double seconds = Progress.secondsSinceFirst(System.nanoTime());
            if (Progress.records() != records) {
                throw new IllegalStateException(Progress.records() + " records were read instead of " + records);
            }
            System.out.printf(
                    Locale.ROOT,
                    "{\"run\":%d,\"records\":%d,\"seconds\":%.3f,\"secondsToLastRecord\":%.3f,\"recordsPerSecond\":%.0f,"
                            + "\"middleRecordsPerSecond\":%.0f,\"cpuSeconds\":%.2f,\"peakMb\":%d}%n",
                    run,
                    records,
                    seconds,
                    Progress.secondsToLast(),
                    records / seconds,
                    Progress.middleRate(),
                    (system.getProcessCpuTime() - cpuBefore) / 1e9,
                    peakMb());
        }
        // Threads of the local cluster may outlive it.
        System.exit(0);
    }

    private static long recordsIn(String bootstrap) throws Exception {
        Properties properties = new Properties();
        properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        try (Admin admin = Admin.create(properties)) {
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            admin.describeTopics(List.of(SOURCE)).allTopicNames().get().get(SOURCE).partitions().forEach(
                    partition -> latest.put(new TopicPartition(SOURCE, partition.partition()), OffsetSpec.latest()));
            return admin.listOffsets(latest).all().get().values().stream()
                    .mapToLong(offset -> offset.offset())
                    .sum();
        }
    }

    /** The largest resident set that the process ever had. */
    private static long peakMb() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
        return 0;
    }

    private Main() {}
}
