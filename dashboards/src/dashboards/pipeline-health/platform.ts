import { type DashboardValue } from '../../dashboard.ts'
import { badFrom, goodFrom } from '../../panel.ts'

/** As high as the chart in the same line. */
const BESIDE_CHART = 8

/** The project's own programs, by the names that Prometheus has for them. */
const PROCESSES = 'job=~"processor|sink|counter|serving|audit|lake|nightly"'

/** What it all runs on. */
export const platform: DashboardValue['rows'] = {
  'Kafka and Connect': [
    {
      kind: 'stat',
      title: 'Brokers',
      description: 'Brokers in the cluster, as the API finds them.',
      thresholds: goodFrom(1),
      height: BESIDE_CHART,
      promql: 'max(serving_kafka_brokers)',
    },
    {
      kind: 'stat',
      title: 'Partitions without a leader',
      description: 'Nobody can read or write them. With one broker: its disk has failed.',
      thresholds: badFrom(1),
      height: BESIDE_CHART,
      promql: 'max(serving_kafka_leaderless_partitions)',
    },
    {
      kind: 'stat',
      title: 'Connectors',
      description:
        '1 when every connector and its task run. 0: changes wait in the write-ahead log; see connectors status.',
      thresholds: goodFrom(1),
      height: BESIDE_CHART,
      promql: 'min(serving_connector_running) or vector(0)',
    },
    {
      kind: 'timeSeries',
      title: 'Written to Kafka',
      description: 'Offsets that each topic gains: records, and a marker a partition for each transaction.',
      unit: 'cps',
      span: 12,
      promql: { '{{topic}}': 'max by (topic) (rate(serving_kafka_topic_end_offset[$__rate_interval]))' },
    },
  ],
  Postgres: [
    {
      kind: 'stat',
      title: 'Outbox',
      description: 'Size of the ring of hours. It empties behind the outbox connector: growth means that nobody reads.',
      unit: 'bytes',
      thresholds: badFrom(20e9),
      sql: `
select coalesce(sum(pg_total_relation_size(relid)), 0) as bytes
from pg_stat_user_tables
where schemaname = 'outbox_hours'`,
    },
    {
      kind: 'stat',
      title: 'Outbox events',
      description: 'In the ring, as Postgres counts them.',
      sql: `
select coalesce(sum(n_live_tup), 0) as rows
from pg_stat_user_tables
where schemaname = 'outbox_hours'`,
    },
    {
      kind: 'stat',
      title: 'Database',
      description: 'Size of everything, without the write-ahead log.',
      unit: 'bytes',
      sql: 'select pg_database_size(current_database()) as bytes',
    },
    {
      kind: 'stat',
      title: 'Results',
      description: 'Size of the result tables with their indexes and rollups; SINK_RETENTION bounds it.',
      unit: 'bytes',
      sql: `
select coalesce(sum(pg_total_relation_size(relid)), 0) as bytes
from pg_stat_user_tables
where schemaname = 'analytics'`,
    },
    {
      kind: 'stat',
      title: 'Connections',
      description: 'Of those that the server takes (max_connections).',
      unit: 'percentunit',
      thresholds: badFrom(0.8),
      sql: `
select sum(numbackends)::float8 / current_setting('max_connections')::integer as share
from pg_stat_database`,
    },
    {
      kind: 'stat',
      title: 'Cache hits',
      description: 'Blocks found in shared buffers, since the statistics began. Low: more memory for Postgres.',
      unit: 'percentunit',
      thresholds: goodFrom(0.9),
      decimals: 1,
      sql: `
select coalesce(blks_hit::float8 / nullif(blks_hit + blks_read, 0), 1) as share
from pg_stat_database
where datname = current_database()`,
    },
  ],
  Processes: [
    {
      kind: 'timeSeries',
      title: 'Memory',
      description: 'Resident memory of each process.',
      unit: 'bytes',
      span: 6,
      promql: { '{{job}} {{instance}}': `process_resident_memory_bytes{${PROCESSES}}` },
    },
    {
      kind: 'timeSeries',
      title: 'Processor time',
      description: 'Cores that each process keeps busy.',
      span: 6,
      promql: { '{{job}} {{instance}}': `rate(process_cpu_seconds_total{${PROCESSES}}[$__rate_interval])` },
    },
    {
      kind: 'timeSeries',
      title: 'Event loop lag p99',
      description: 'How long a process is busy before it looks at the network again.',
      unit: 's',
      span: 6,
      promql: { '{{job}} {{instance}}': `nodejs_eventloop_lag_p99_seconds{${PROCESSES}}` },
    },
    {
      kind: 'timeSeries',
      title: 'Keyed state',
      description: 'Entries of customers, windows and partial aggregates. They fall when windows close.',
      span: 6,
      promql: { '{{stage}}': 'sum by (stage) (processor_state_entries)' },
    },
  ],
}
