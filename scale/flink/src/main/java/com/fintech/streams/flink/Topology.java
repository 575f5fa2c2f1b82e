package com.fintech.streams.flink;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamStatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.kafka.clients.producer.ProducerRecord;

/** One source, one keyed function for what is per customer and transaction, one statement set for the windows. */
final class Topology {
    private static final Duration OUT_OF_ORDER_MAX = Duration.ofSeconds(5);
    /** The broker's largest: transactions last a checkpoint. */
    private static final String TRANSACTION_TIMEOUT_MS = "120000";

    static StreamExecutionEnvironment build(Settings settings, Rules rules, int run) {
        Configuration configuration = configuration(settings, run);
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(settings.parallelism(), configuration);
        String transactions = "flink-" + ProcessHandle.current().pid() + "-" + run + "-";

        KafkaSource<RowData> source = KafkaSource.<RowData>builder()
                .setBootstrapServers(settings.bootstrap())
                .setTopics(Main.SOURCE)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setBounded(OffsetsInitializer.latest())
                .setDeserializer(new TransactionDecoder())
                .setProperty("isolation.level", "read_committed")
                .setProperty("max.poll.records", "5000")
                .setProperty("fetch.min.bytes", "65536")
                .setProperty("max.partition.fetch.bytes", "4194304")
                .setProperty("partition.discovery.interval.ms", "-1")
                .build();
        WatermarkStrategy<RowData> watermarks = WatermarkStrategy.<RowData>forGenerator(
                        context -> new BoundedTimeWatermarks(OUT_OF_ORDER_MAX))
                .withTimestampAssigner((row, timestamp) -> row.getLong(Transactions.EVENT_MS));
        SingleOutputStreamOperator<RowData> counted = environment
                .fromSource(source, watermarks, "transactions", Transactions.TYPE_INFO)
                .keyBy(row -> row.getString(Transactions.CUSTOMER_ID).toString(), Types.STRING)
                .process(new CustomerFunction(rules), Transactions.TYPE_INFO)
                .name("customers")
                .uid("customers");
        sink(settings, transactions, "fraud_detection", counted.getSideOutput(CustomerFunction.VERDICTS));
        sink(settings, transactions, "anomaly_detection", counted.getSideOutput(CustomerFunction.ANOMALIES));

        StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
        tables.createTemporaryView("transactions", counted, Transactions.SCHEMA);
        Functions.all(rules).forEach(tables::createTemporarySystemFunction);
        Aggregates.all().forEach(tables::createTemporarySystemFunction);
        List<WindowJobs.Job> jobs = WindowJobs.all(rules);
        for (WindowJobs.Job job : jobs) tables.executeSql(sinkTable(settings, transactions, job));
        // Two sets, because phases are a setting of the planner; both read the one stream above.
        for (boolean twoPhases : new boolean[] {true, false}) {
            tables.getConfig().set("table.optimizer.agg-phase-strategy", twoPhases ? "TWO_PHASE" : "ONE_PHASE");
            StreamStatementSet statements = tables.createStatementSet();
            for (WindowJobs.Job job : jobs) {
                if (job.hasTwoPhases() == twoPhases) statements.addInsertSql("INSERT INTO " + job.id() + " " + job.query());
            }
            statements.attachAsDataStream();
        }
        return environment;
    }

    private static Configuration configuration(Settings settings, int run) {
        Configuration configuration = new Configuration();
        Map<String, String> common = Map.ofEntries(
                Map.entry("pipeline.object-reuse", "true"),
                Map.entry("execution.checkpointing.interval", settings.checkpointMs() + "ms"),
                Map.entry("execution.checkpointing.mode", "EXACTLY_ONCE"),
                Map.entry("execution.checkpointing.storage", "filesystem"),
                Map.entry("execution.checkpointing.dir", settings.state().resolve("checkpoints").toUri().toString()),
                Map.entry("execution.checkpointing.incremental", "true"),
                Map.entry("restart-strategy.type", "none"),
                Map.entry("state.backend.type", settings.backend()),
                Map.entry("taskmanager.numberOfTaskSlots", "1"),
                Map.entry("taskmanager.memory.managed.size", settings.managedMb() + "mb"),
                Map.entry("taskmanager.memory.network.min", "128mb"),
                Map.entry("taskmanager.memory.network.max", "128mb"),
                Map.entry("io.tmp.dirs", settings.state().resolve("tmp").toString()),
                Map.entry("table.local-time-zone", "UTC"),
                Map.entry("table.exec.mini-batch.enabled", "true"),
                Map.entry("table.exec.mini-batch.allow-latency", "1s"),
                Map.entry("table.exec.mini-batch.size", "5000"));
        common.forEach(configuration::setString);
        if (settings.backend().equals("rocksdb")) {
            Map<String, String> rocksdb = Map.of(
                    "state.backend.rocksdb.localdir", settings.state().resolve("rocksdb-" + run).toString(),
                    "state.backend.rocksdb.memory.managed", "true",
                    "state.backend.rocksdb.memory.write-buffer-ratio", "0.6",
                    "state.backend.rocksdb.memory.high-prio-pool-ratio", "0.1",
                    "state.backend.rocksdb.predefined-options", "FLASH_SSD_OPTIMIZED",
                    "state.backend.rocksdb.use-bloom-filter", "true",
                    "state.backend.rocksdb.writebuffer.size", "64mb",
                    "state.backend.rocksdb.writebuffer.count", "4",
                    "state.backend.rocksdb.compaction.level.use-dynamic-size", "true",
                    "state.backend.rocksdb.timer-service.factory", "HEAP");
            rocksdb.forEach(configuration::setString);
        }
        return configuration;
    }

    private static void sink(
            Settings settings, String transactions, String job, DataStream<Tuple2<byte[], byte[]>> results) {
        String topic = settings.outputPrefix() + job;
        results.sinkTo(KafkaSink.<Tuple2<byte[], byte[]>>builder()
                        .setBootstrapServers(settings.bootstrap())
                        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                        .setTransactionalIdPrefix(transactions + job)
                        .setKafkaProducerConfig(producerSettings())
                        .setRecordSerializer((result, context, timestamp) ->
                                new ProducerRecord<>(topic, null, null, result.f0, result.f1))
                        .build())
                .name(job)
                .uid(job);
    }

    private static Properties producerSettings() {
        Properties properties = new Properties();
        properties.put("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
        properties.put("linger.ms", "50");
        properties.put("batch.size", "262144");
        return properties;
    }

    private static String sinkTable(Settings settings, String transactions, WindowJobs.Job job) {
        return """
                CREATE TEMPORARY TABLE %s (%s) WITH ('connector' = 'kafka', 'topic' = '%s',
                'properties.bootstrap.servers' = '%s', 'properties.transaction.timeout.ms' = '%s',
                'properties.linger.ms' = '50', 'properties.batch.size' = '262144',
                'key.format' = 'json', 'key.fields' = '%s', 'value.format' = 'json', 'value.fields-include' = 'ALL',
                'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '%s')"""
                .formatted(
                        job.id(),
                        job.columns(),
                        settings.outputPrefix() + job.id(),
                        settings.bootstrap(),
                        TRANSACTION_TIMEOUT_MS,
                        job.keyFields().replace("`", ""),
                        transactions + job.id());
    }

    private Topology() {}
}
