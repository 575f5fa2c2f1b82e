import { JOB_IDS, RESULTS } from '@fintech-streams/contracts'
import { overTime, per } from '../select.ts'
import { ALERTS, VOLUME } from '../sources.ts'

/** A share of observations of a histogram below a value, over the interval that Grafana chooses. */
const quantile = (q: number, histogram: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${histogram}_bucket[$__rate_interval])))`

const rate = (counter: string, by: string): string => `sum by (${by}) (rate(${counter}[$__rate_interval]))`

/** The project's own programs, by the names that Prometheus has for them. */
const PROCESSES = 'job=~"processor|sink|counter|serving|audit|lake|nightly"'

/** What the programs tell of themselves, and the API of Kafka and Connect. */
export const PROMQL = {
  processorsUp: 'count(up{job="processor"} == 1) or vector(0)',
  sinksUp: 'count(up{job="sink"} == 1) or vector(0)',
  alertsFiring: 'count(ALERTS{alertstate="firing"}) or vector(0)',
  recordsPerSecond: 'sum(rate(processor_records_total{stage="source"}[$__rate_interval]))',
  waiting: 'sum(processor_lag_records) + sum(sink_lag_records)',

  latency: (q: number): string => quantile(q, 'processor_end_to_end_latency_seconds', 'le'),
  recordsByStage: rate('processor_records_total', 'stage'),
  inputByJob: rate('processor_job_in_total', 'job'),
  resultsByJob: rate('processor_job_out_total', 'job'),
  rowsByTable: rate('sink_rows_upserted_total', 'table'),

  lagByPartition: 'sum by (stage, partition) (processor_lag_records)',
  lagByTopic: 'sum by (topic) (sink_lag_records)',
  watermarkDelay: 'max by (stage, partition) (processor_watermark_delay_seconds)',
  stateEntries: 'sum by (stage) (processor_state_entries)',

  skipped: rate('processor_skipped_total', 'stage, reason'),
  late: rate('processor_late_total', 'job'),
  deadLettered: rate('processor_dead_lettered_total', 'stage, reason'),
  refused: rate('sink_dead_lettered_total', 'topic, reason'),
  uncounted: rate('processor_job_uncounted_total', 'job'),

  commit: (q: number): string => quantile(q, 'processor_commit_duration_seconds', 'le, stage'),
  sinkBatch: (q: number): string => quantile(q, 'sink_batch_duration_seconds', 'le'),
  checkpoint: (q: number): string => quantile(q, 'processor_checkpoint_duration_seconds', 'le, stage'),
  // Over a minute: a shorter interval may lie between two checkpoints.
  checkpointBytes:
    'sum by (stage) (increase(processor_checkpoint_bytes_total[1m])) / ' +
    'sum by (stage) (increase(processor_checkpoint_duration_seconds_count[1m]))',
  checkpointAge: 'time() - max by (stage) (processor_last_checkpoint_timestamp_seconds)',
  sinkCommitAge: 'time() - max(sink_last_commit_timestamp_seconds)',
  taskFailures: 'sum by (stage) (increase(processor_task_failures_total[$__rate_interval]))',
  sinkFailures: 'sum(increase(sink_failures_total[$__rate_interval]))',

  brokers: 'max(serving_kafka_brokers)',
  leaderless: 'max(serving_kafka_leaderless_partitions)',
  writtenByTopic: 'max by (topic) (rate(serving_kafka_topic_end_offset[$__rate_interval]))',
  connectorsRunning: 'min(serving_connector_running) or vector(0)',

  memory: `process_resident_memory_bytes{${PROCESSES}}`,
  cpu: `rate(process_cpu_seconds_total{${PROCESSES}}[$__rate_interval])`,
  eventLoop: `nodejs_eventloop_lag_p99_seconds{${PROCESSES}}`,
} as const

/** What the database holds. The macros are those of Grafana's PostgreSQL data source. */
export const SQL = {
  transactionsByStatus: `
select $__timeGroup(created_at, $__interval) as time, status as metric, count(*) as transactions
from transactions
where $__timeFilter(created_at) and created_at > $__timeTo()::timestamptz - interval '1 hour'
group by 1, 2
order by 1`,

  verdicts: overTime({ from: ALERTS, by: 'verdict', values: { transactions: per('hour', ALERTS, 'count(*)') } }),

  volumeByType: overTime({
    from: VOLUME,
    by: 'transaction_type',
    values: { volume: per('minute', VOLUME, 'sum(amount)') },
  }),

  resultsByJob: `
with counted (job, results) as (
  select relname, n_live_tup from pg_stat_user_tables
  where schemaname = 'analytics' and relname in (${JOB_IDS.map((job) => `'${job}'`).join(', ')})
),
newest (job, newest) as (${JOB_IDS.map(
    (job) => `
  select '${job}', max(${'window_start' in RESULTS[job].fields ? 'window_start' : 'event_time'}) from analytics.${job}`,
  ).join('\n  union all')}
)
select job, results, newest
from counted join newest using (job)
order by job`,

  connectorHeartbeats: `
select connector, extract(epoch from now() - beat_at)::double precision as age
from connector_heartbeats
order by connector`,

  replicationSlots: `
select slot_name as slot, active, wal_status as status,
  pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::double precision as retained
from pg_replication_slots
order by slot_name`,

  outboxBytes: `
select coalesce(sum(pg_total_relation_size(relid)), 0) as bytes
from pg_stat_user_tables
where schemaname = 'outbox_hours'`,

  outboxRows: `
select coalesce(sum(n_live_tup), 0) as rows
from pg_stat_user_tables
where schemaname = 'outbox_hours'`,

  databaseBytes: 'select pg_database_size(current_database()) as bytes',

  resultBytes: `
select coalesce(sum(pg_total_relation_size(relid)), 0) as bytes
from pg_stat_user_tables
where schemaname = 'analytics'`,

  connections: `
select sum(numbackends)::float8 / current_setting('max_connections')::integer as share
from pg_stat_database`,

  cacheHits: `
select coalesce(blks_hit::float8 / nullif(blks_hit + blks_read, 0), 1) as share
from pg_stat_database
where datname = current_database()`,

  lateByJob: `
select job, reason, count(*) as records, max(lateness_ms) as lateness
from analytics.late
where $__timeFilter(event_time)
group by job, reason
order by records desc, job, reason
limit 50`,

  deadLetters: `
select "timestamp" as time, topic, partition, "offset", reason, detail
from analytics.dead_letter
where $__timeFilter("timestamp")
order by "timestamp" desc
limit 50`,
} as const
