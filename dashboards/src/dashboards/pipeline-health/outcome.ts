import { JOB_IDS, RESULTS } from '@fintech-streams/contracts'
import { type DashboardValue } from '../../dashboard.ts'
import { orZero, quantile, rate } from '../../promql.ts'
import { per, quoted, sumsOverTime } from '../../select.ts'
import { ALERTS, VOLUME } from '../../sources.ts'

/** What is left out, what a crash would cost, and what came of it all. */
export const outcome: DashboardValue['rows'] = {
  'Left out': [
    {
      kind: 'timeSeries',
      title: 'Skipped records',
      description: 'Records that are no new transaction: updates, deletes, duplicates, tombstones.',
      unit: 'cps',
      promql: { '{{stage}} {{reason}}': rate('processor_skipped_total', 'stage, reason') },
    },
    {
      kind: 'timeSeries',
      title: 'Late and uncounted records',
      description:
        'Late: by the job whose window was closed; * is beyond the duplicate horizon, for every job. Uncounted: ' +
        'without the key that the job groups by.',
      unit: 'cps',
      promql: {
        'late {{job}}': rate('processor_late_total', 'job'),
        'uncounted {{job}}': rate('processor_job_uncounted_total', 'job'),
      },
    },
    {
      kind: 'timeSeries',
      title: 'Dead letters',
      description:
        'Malformed records, and results that Postgres does not take. processor replay-dead-letters sends corrected ' +
        'ones again.',
      unit: 'cps',
      promql: {
        '{{stage}} {{reason}}': rate('processor_dead_lettered_total', 'stage, reason'),
        'sink {{topic}} {{reason}}': rate('sink_dead_lettered_total', 'topic, reason'),
      },
    },
    {
      kind: 'table',
      title: 'Late records by job',
      description: 'Of event times in the range shown; the lateness is the largest.',
      columns: { lateness: 'ms' },
      sql: `
select job, reason, count(*) as records, max(lateness_ms) as lateness
from analytics.late
where $__timeFilter(event_time)
group by job, reason
order by records desc, job, reason
limit 50`,
    },
    {
      kind: 'table',
      title: 'Newest dead letters',
      description: 'The topic fintech.dead_letter as a table, by the time of the record itself.',
      unit: 'none',
      sql: `
select "timestamp" as time, topic, partition, "offset", reason, detail
from analytics.dead_letter
where $__timeFilter("timestamp")
order by "timestamp" desc
limit 50`,
    },
  ],
  Safety: [
    {
      kind: 'timeSeries',
      title: 'Commit p99',
      description: 'Processing and committing one Kafka transaction; for the sink, one database transaction.',
      unit: 's',
      span: 6,
      promql: {
        '{{stage}}': quantile(0.99, 'processor_commit_duration_seconds', 'le, stage'),
        '{{stage}} with checkpoint': quantile(0.99, 'processor_checkpoint_duration_seconds', 'le, stage'),
        sink: quantile(0.99, 'sink_batch_duration_seconds', 'le'),
      },
    },
    {
      kind: 'timeSeries',
      title: 'Age of the last checkpoint',
      description:
        'State is saved every 10 s while it changes; a recovery replays what came after. For the sink, its last commit.',
      unit: 's',
      span: 6,
      promql: {
        '{{stage}}': 'time() - max by (stage) (processor_last_checkpoint_timestamp_seconds)',
        sink: 'time() - max(sink_last_commit_timestamp_seconds)',
      },
    },
    {
      kind: 'timeSeries',
      title: 'Size of a checkpoint',
      description: "What a partition's task writes to its changelog at each: the state that changed since the last.",
      unit: 'bytes',
      span: 6,
      promql: {
        '{{stage}}':
          // Over a minute: a shorter interval may lie between two checkpoints.
          'sum by (stage) (increase(processor_checkpoint_bytes_total[1m])) / ' +
          'sum by (stage) (increase(processor_checkpoint_duration_seconds_count[1m]))',
      },
    },
    {
      kind: 'timeSeries',
      title: 'Failures',
      description: 'Tasks of the processor, and runs of the sink, that ended with an error and were started over.',
      span: 6,
      promql: {
        '{{stage}}': orZero('sum by (stage) (increase(processor_task_failures_total[$__rate_interval]))', 'stage'),
        sink: 'sum(increase(sink_failures_total[$__rate_interval]))',
      },
    },
  ],
  Results: [
    {
      kind: 'table',
      title: 'Results in Postgres',
      description:
        'Rows of each result table, as Postgres counts them, and the time of the newest window or transaction.',
      span: 8,
      sql: `
with counted (job, results) as (
  select relname, n_live_tup from pg_stat_user_tables
  where schemaname = 'analytics' and relname in (${quoted(JOB_IDS)})
),
newest (job, newest) as (${JOB_IDS.map(
        (job) => `
  select '${job}', max(${'window_start' in RESULTS[job].fields ? 'window_start' : 'event_time'}) from analytics.${job}`,
      ).join('\n  union all')}
)
select job, results, newest
from counted join newest using (job)
order by job`,
    },
    {
      kind: 'timeSeries',
      title: 'Fraud verdicts',
      description: 'Transactions an hour whose verdict is not NORMAL, by verdict and event time.',
      sql: sumsOverTime({ from: ALERTS, by: 'verdict', values: { transactions: per('hour', ALERTS, 'count(*)') } }),
    },
    {
      kind: 'timeSeries',
      title: 'Volume by type',
      description: 'Sum of amount_usd a minute (dashboard_metrics).',
      unit: 'currencyUSD',
      sql: sumsOverTime({
        from: VOLUME,
        by: 'transaction_type',
        values: { volume: per('minute', VOLUME, 'sum(amount)') },
      }),
    },
  ],
}
