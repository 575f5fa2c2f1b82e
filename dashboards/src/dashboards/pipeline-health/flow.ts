import { LAG_RECORDS_MAX } from '../../alerting/prometheus-alerts.ts'
import { type DashboardValue } from '../../dashboard.ts'
import { badFrom, goodFrom } from '../../panel.ts'
import { quantile, rate } from '../../promql.ts'
import { sumsOverTime } from '../../select.ts'
import { WRITTEN } from '../../sources.ts'

/** Whether transactions come through, and how far behind they are. */
export const flow: DashboardValue['rows'] = {
  Now: [
    {
      kind: 'stat',
      title: 'Processors',
      description: 'Processors that answer. None: transactions wait in Kafka.',
      thresholds: goodFrom(1),
      promql: 'count(up{job="processor"} == 1) or vector(0)',
    },
    {
      kind: 'stat',
      title: 'Result sink',
      description: 'Sinks that answer. None: results wait in Kafka.',
      thresholds: goodFrom(1),
      promql: 'count(up{job="sink"} == 1) or vector(0)',
    },
    {
      kind: 'stat',
      title: 'Alerts',
      description: 'Alerts of docker/prometheus/rules.yml that fire now.',
      thresholds: badFrom(1),
      promql: 'count(ALERTS{alertstate="firing"}) or vector(0)',
    },
    {
      kind: 'stat',
      title: 'Transactions',
      description: 'Change records that the processor reads.',
      unit: 'cps',
      thresholds: goodFrom(0),
      promql: 'sum(rate(processor_records_total{stage="source"}[$__rate_interval])) or vector(0)',
    },
    {
      kind: 'stat',
      title: 'Latency p99',
      description: "From a row's commit in Postgres to the commit of its results in Kafka, all but one in a hundred.",
      unit: 's',
      thresholds: badFrom(1),
      promql: quantile(0.99, 'processor_end_to_end_latency_seconds', 'le'),
    },
    {
      kind: 'stat',
      title: 'Waiting records',
      description: 'Records in Kafka that the processor or the sink has yet to take.',
      thresholds: badFrom(LAG_RECORDS_MAX),
      promql: 'sum(processor_lag_records) + sum(sink_lag_records)',
    },
  ],
  Flow: [
    {
      kind: 'timeSeries',
      title: 'Transactions by status',
      description: 'Rows of the table transactions by event time: what there is to process. Of one hour at most.',
      sql: sumsOverTime({ from: WRITTEN, by: 'status', values: { transactions: 'count(*)' } }),
    },
    {
      kind: 'timeSeries',
      title: 'Records read',
      description: 'Stage source reads transactions, stage merge partial aggregates: its rate is one of windows.',
      unit: 'cps',
      promql: { '{{stage}}': rate('processor_records_total', 'stage') },
    },
    {
      kind: 'timeSeries',
      title: 'End-to-end latency',
      description: "From a row's commit in Postgres to the commit of its results in Kafka.",
      unit: 's',
      promql: {
        p50: quantile(0.5, 'processor_end_to_end_latency_seconds', 'le'),
        p95: quantile(0.95, 'processor_end_to_end_latency_seconds', 'le'),
        p99: quantile(0.99, 'processor_end_to_end_latency_seconds', 'le'),
      },
    },
    {
      kind: 'timeSeries',
      title: 'Counted by job',
      description: 'Transactions that a job counts, and, for jobs that merge, their partial aggregates.',
      unit: 'cps',
      promql: { '{{job}}': rate('processor_job_in_total', 'job') },
    },
    {
      kind: 'timeSeries',
      title: 'Results by job',
      description: 'Window jobs write when windows close, so their lines have peaks.',
      unit: 'cps',
      promql: { '{{job}}': rate('processor_job_out_total', 'job') },
    },
    {
      kind: 'timeSeries',
      title: 'Rows to Postgres',
      description: 'Rows of the result tables that the sink inserts or replaces.',
      unit: 'cps',
      promql: { '{{table}}': rate('sink_rows_upserted_total', 'table') },
    },
  ],
  Lag: [
    {
      kind: 'timeSeries',
      title: 'Lag of the processor',
      description: 'Records of each partition that are not processed yet. Growth means too few processors.',
      promql: { '{{stage}} {{partition}}': 'sum by (stage, partition) (processor_lag_records)' },
    },
    {
      kind: 'timeSeries',
      title: 'Watermark behind the wall clock',
      description: 'Windows close by event time: a little over 5 s is usual, more while history is read.',
      unit: 's',
      promql: { '{{stage}} {{partition}}': 'max by (stage, partition) (processor_watermark_delay_seconds)' },
    },
    {
      kind: 'timeSeries',
      title: 'Lag of the sink',
      description: 'Committed results that are not in Postgres yet.',
      promql: { '{{topic}}': 'sum by (topic) (sink_lag_records)' },
    },
    {
      kind: 'table',
      title: 'Retained WAL',
      description:
        'Write-ahead log that Postgres keeps for each connector. Beyond max_slot_wal_keep_size (4 GB) the slot is ' +
        'lost, and its connector needs a new snapshot.',
      unit: 'bytes',
      sql: `
select slot_name as slot, active, wal_status as status,
  pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::double precision as retained
from pg_replication_slots
order by slot_name`,
    },
    {
      kind: 'table',
      title: 'Connector heartbeats',
      description: 'Age of the last heartbeat of each connector; one is due every 5 s. See connectors status.',
      unit: 's',
      sql: `
select connector, extract(epoch from now() - beat_at)::double precision as age
from connector_heartbeats
order by connector`,
    },
  ],
}
