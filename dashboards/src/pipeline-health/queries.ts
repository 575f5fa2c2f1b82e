import { type JobId, JOB_IDS, RESULTS } from '@fintech-streams/contracts'

/** A share of observations of a histogram below a value, over the interval that Grafana chooses. */
const quantile = (q: number, histogram: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${histogram}_bucket[$__rate_interval])))`

const rate = (counter: string, by: string): string => `sum by (${by}) (rate(${counter}[$__rate_interval]))`

/** What the processor, the sink and Prometheus tell of themselves. */
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
  checkpointAge: 'time() - max by (stage) (processor_last_checkpoint_timestamp_seconds)',
  sinkCommitAge: 'time() - max(sink_last_commit_timestamp_seconds)',
  taskFailures: 'sum by (stage) (increase(processor_task_failures_total[$__rate_interval]))',
  sinkFailures: 'sum(increase(sink_failures_total[$__rate_interval]))',

  memory: 'process_resident_memory_bytes{job=~"processor|sink"}',
  cpu: 'rate(process_cpu_seconds_total{job=~"processor|sink"}[$__rate_interval])',
  eventLoop: 'nodejs_eventloop_lag_p99_seconds{job=~"processor|sink"}',
} as const

/** The column that says when a result is of: the start of its window, or its transaction's time. Both are indexed. */
const timeOf = (job: JobId): string => ('window_start' in RESULTS[job].fields ? 'window_start' : 'event_time')

/** What the database holds. The macros are those of Grafana's PostgreSQL data source. */
export const SQL = {
  transactionsByStatus: `
select $__timeGroup(created_at, $__interval) as time, status as metric, count(*) as transactions
from transactions
where $__timeFilter(created_at)
group by 1, 2
order by 1`,

  verdicts: `
select $__timeGroup(event_time, $__interval) as time, verdict as metric, count(*) as transactions
from analytics.fraud_detection
where $__timeFilter(event_time) and verdict <> 'NORMAL'
group by 1, 2
order by 1`,

  volumeByType: `
select window_start as time, transaction_type as metric, total_volume as volume
from analytics.dashboard_metrics
where $__timeFilter(window_start)
order by 1`,

  resultsByJob: `${JOB_IDS.map(
    (job) => `
select '${job}' as job, count(*) as results, max(${timeOf(job)}) as newest
from analytics.${job}
where $__timeFilter(${timeOf(job)})`,
  ).join('\nunion all')}
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
