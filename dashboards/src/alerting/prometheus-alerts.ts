import { PARTIALS_TOPIC, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type PrometheusAlert } from './alert.ts'
import { gained, grown, isDown, isDownInProfile, labelled, secondsSince, secondsSinceLasting } from './expressions.ts'

/** Records that may wait before it counts as falling behind. */
export const LAG_RECORDS_MAX = 10_000
/** More of a job's records than this share, too late, are an alert. */
const LATE_SHARE_MAX = 0.01

/** A whole stack is started in less: what has not answered since the first moment is not down yet. */
const START = '2m'

const VALUE = '{{ $value | printf "%.0f" }}'
const SHARE = '{{ $value | printf "%.2f" }}'

const isGrowing = (lag: string, by = ''): string => {
  const sum = by === '' ? 'sum' : `sum by (${by}) `
  return `${sum}(${lag}) > ${LAG_RECORDS_MAX} and ${sum}(deriv(${lag}[5m])) > 0`
}

/** How many of a topic's partitions no task of a stage reads. */
const unread = (stage: string, topic: string): string =>
  labelled(
    `max(serving_kafka_topic_partitions{topic="${topic}"})` +
      ` - (count(count by (partition) (processor_lag_records{stage="${stage}"})) or vector(0)) > 0`,
    'stage',
    stage,
  )

const late = gained('processor_late_total', 'job', '15m')
const counted =
  `(${gained('processor_job_in_total{stage="source"}', 'job', '15m')}` +
  ` or ${labelled(gained('processor_counted_total', '', '15m'), 'job', '*')})`

/** To users: probes ask an API that is not ready yet once a second, and few others may. */
const answersPerSecond = (having?: string): string => {
  const labels = ['route!~"/healthz|/readyz|/metrics"', ...(having === undefined ? [] : [having])]
  return `sum(rate(serving_answers_total{${labels.join(',')}}[5m]))`
}

const processor: readonly PrometheusAlert[] = [
  {
    name: 'ProcessorDown',
    severity: 'critical',
    lasting: START,
    expr: isDown('processor'),
    summary: 'No processor answers',
    description: 'Nothing is processed; transactions wait in Kafka. See the log of the processor and start it again.',
  },
  {
    name: 'ProcessorTaskFailing',
    severity: 'critical',
    expr: 'sum by (stage) (increase(processor_task_failures_total[5m])) > 3',
    summary: 'Tasks of stage {{ $labels.stage }} fail again and again',
    description: `${VALUE} recoveries in 5 minutes. The log of the processor names the error.`,
  },
  {
    name: 'PartitionsNotProcessed',
    severity: 'critical',
    lasting: '2m',
    expr: `${unread('source', TRANSACTIONS_TOPIC)} or ${unread('merge', PARTIALS_TOPIC)}`,
    summary: 'Partitions of stage {{ $labels.stage }} are processed by nobody',
    description: `${VALUE} partitions have no task, so their records wait. The log of the processor says why; start it again.`,
  },
  {
    name: 'ProcessorLagGrowing',
    severity: 'warning',
    lasting: '5m',
    expr: isGrowing('processor_lag_records', 'stage'),
    summary: 'Stage {{ $labels.stage }} falls behind',
    description: `${VALUE} records wait and their number grows: run more processors (PROCESSOR_WORKERS).`,
  },
  {
    name: 'NoTransactions',
    severity: 'warning',
    lasting: '5m',
    expr: '(sum(rate(processor_records_total{stage="source"}[5m])) or vector(0)) == 0 and on () up{job="processor"} == 1',
    summary: 'No transaction comes in',
    description:
      'Nobody writes any, or a connector is down; npx fintech connectors status says which. Usual when the generator rests.',
  },
  {
    name: 'WatermarkDelayed',
    severity: 'warning',
    lasting: '5m',
    expr: 'max by (stage, partition) (processor_watermark_delay_seconds) > 120',
    summary: 'Event time of {{ $labels.stage }} partition {{ $labels.partition }} stands behind',
    description: `${VALUE} s behind the wall clock, so windows close late. Usual only while history is read.`,
  },
  {
    name: 'WatermarkAhead',
    severity: 'critical',
    lasting: '30s',
    // A row may be 60 s ahead of its commit (FUTURE_MAX_MS), so the watermark is ahead only where a clock is.
    expr: 'max by (stage, partition) (-processor_watermark_delay_seconds) > 60',
    summary: 'Event time of {{ $labels.stage }} partition {{ $labels.partition }} is ahead of the clock',
    description:
      `${VALUE} s ahead: a transaction was written by a wrong clock, and others are late until the clock has caught up. ` +
      'Correct the clocks of Postgres and of this machine.',
  },
  {
    name: 'LateRecords',
    severity: 'warning',
    expr: `${late} > ${LATE_SHARE_MAX} * (${counted} or 0 * ${late})`,
    summary: 'Transactions come too late for {{ $labels.job }}',
    description:
      `${VALUE} in 15 minutes, more than ${LATE_SHARE_MAX * 100} % of those that it counted (* is every job). A sender ` +
      'catches up, history is imported, or a clock was ahead. They are in the topic fintech.late and in analytics.late.',
  },
  {
    name: 'CheckpointTooOld',
    severity: 'warning',
    lasting: '1m',
    expr:
      'time() - (max by (instance, stage) (processor_last_checkpoint_timestamp_seconds)' +
      ' or max by (instance, stage) (processor_records_total) * 0' +
      ' + on (instance) group_left () max by (instance) (process_start_time_seconds{job="processor"})) > 120' +
      ' and sum by (instance, stage) (increase(processor_records_total[2m])) > 0',
    summary: 'No checkpoint of stage {{ $labels.stage }} on {{ $labels.instance }}',
    description: `The last one is ${VALUE} s old while records are processed: recovery would take long.`,
  },
  {
    name: 'DeadLetters',
    severity: 'warning',
    expr: gained('processor_dead_lettered_total', 'stage, reason', '10m'),
    summary: 'Malformed records: {{ $labels.reason }}',
    description:
      'They are in the topic fintech.dead_letter and in analytics.dead_letter; processor replay-dead-letters sends corrected ones again.',
  },
  {
    name: 'RecordsLost',
    severity: 'critical',
    expr: gained('processor_lost_total', 'stage', '10m'),
    summary: 'Retention removed records that stage {{ $labels.stage }} had not processed',
    description: `${VALUE} offsets are missing from the results. Retention is shorter than the time that the processor stood still.`,
  },
  {
    name: 'OffsetsReset',
    severity: 'critical',
    expr: ['sink', 'counter', 'lake', 'index_stream']
      .map((program) => gained(`${program}_offset_resets_total`, 'job, topic, reason', '10m'))
      .join(' or '),
    summary: '{{ $labels.job }} did not resume {{ $labels.topic }} where it had stopped: {{ $labels.reason }}',
    description:
      'recreated: the topic is a new one; cut_short: its log lost its end; expired: retention removed records that were not read. ' +
      'docs/RELIABILITY.md has the ways out.',
  },
]

const results: readonly PrometheusAlert[] = [
  {
    name: 'SinkDown',
    severity: 'critical',
    lasting: START,
    expr: isDown('sink'),
    summary: 'The result sink does not answer',
    description: 'Results stay in Kafka and do not reach Postgres. See the log of the sink and start it again.',
  },
  {
    name: 'SinkFailing',
    severity: 'critical',
    expr: 'sum(increase(sink_failures_total[5m])) > 3',
    summary: 'The result sink fails again and again',
    description: `${VALUE} new starts in 5 minutes. The log of the sink names the error.`,
  },
  {
    name: 'SinkStalled',
    severity: 'warning',
    lasting: '1m',
    expr: `${secondsSince('sink_last_commit_timestamp_seconds', 'sink')} > 60 and sum(sink_lag_records) > 0`,
    summary: 'Results wait and the sink writes none',
    description: 'The log of the sink names the error.',
  },
  {
    name: 'SinkLagGrowing',
    severity: 'warning',
    lasting: '5m',
    expr: isGrowing('sink_lag_records'),
    summary: 'The result sink falls behind',
    description: `${VALUE} results wait and their number grows: Postgres is slow or the sink is short of processor time.`,
  },
  {
    name: 'SinkDeadLetters',
    severity: 'warning',
    expr: gained('sink_dead_lettered_total', 'topic, reason', '10m'),
    summary: 'Results of {{ $labels.topic }} that Postgres does not take: {{ $labels.reason }}',
    description: 'They are in the topic fintech.dead_letter and in analytics.dead_letter.',
  },
  {
    name: 'AuditDown',
    severity: 'warning',
    lasting: '2m',
    expr: isDownInProfile('audit', ['audit']),
    summary: 'The audit does not answer',
    description:
      'Nobody knows whether everything comes out. See its log and start it again. Usual for a week after the profile audit was turned off.',
  },
  {
    name: 'ConservationBroken',
    severity: 'critical',
    expr: 'max by (check) (abs(fintech_conservation_difference)) > 0',
    summary: 'Conservation is broken in {{ $labels.check }}',
    description: `The sides are ${SHARE} apart, though everything has come through. npx fintech audit names the sides and the minutes.`,
  },
  {
    name: 'ConservationUnknown',
    severity: 'warning',
    lasting: '1m',
    expr: `${secondsSince('fintech_conservation_checked_timestamp_seconds', 'audit')} > 900`,
    summary: 'No audit has come to a verdict for long',
    description: `The last one is ${VALUE} s old: something does not come through, and npx fintech audit names it.`,
  },
]

const serving: readonly PrometheusAlert[] = [
  {
    name: 'CounterDown',
    severity: 'critical',
    lasting: START,
    expr: isDown('counter'),
    summary: 'The counter of top senders does not answer',
    description: 'Transfers wait in Kafka and top senders stand still. See the log of the counter and start it again.',
  },
  {
    name: 'CounterStalled',
    severity: 'warning',
    lasting: '1m',
    expr: `${secondsSince('counter_last_commit_timestamp_seconds', 'counter')} > 60`,
    summary: 'The counter of top senders commits nothing',
    description: 'It does so twice a second, also when no transfer comes. Its log names the error.',
  },
  {
    name: 'ApiDown',
    severity: 'critical',
    lasting: START,
    expr: isDown('serving'),
    summary: 'No instance of the API answers',
    description: 'See the log of serving and start it again.',
  },
  {
    name: 'ApiFailing',
    severity: 'warning',
    lasting: '2m',
    expr: `${answersPerSecond('status=~"5.."')} / ${answersPerSecond()} > 0.05`,
    summary: 'The API refuses or fails',
    description: `${SHARE} of its answers are 5xx: /readyz says what is missing.`,
  },
  {
    name: 'PartitionsWithoutLeader',
    severity: 'critical',
    lasting: '1m',
    expr: 'max(serving_kafka_leaderless_partitions) > 0',
    summary: 'Partitions of Kafka have no leader',
    description: `Nobody can read or write ${VALUE} partitions. With one broker its disk has failed: see its log.`,
  },
  {
    name: 'ProgramRestarting',
    severity: 'critical',
    expr: 'sum by (job) (changes(process_start_time_seconds[15m])) > 3',
    summary: 'The program {{ $labels.job }} starts again and again',
    description: `${VALUE} starts in 15 minutes. Its log says why it ends; without an error there, it was short of memory.`,
  },
]

/** The programs of the profile reconciliation, by the names that Prometheus has for them. */
const RECONCILIATION = ['lake', 'nightly'] as const
const PROFILE_OFF = 'Usual for a week after the profile reconciliation was turned off.'

const reconciliation: readonly PrometheusAlert[] = [
  {
    name: 'LakeDown',
    severity: 'critical',
    lasting: '2m',
    expr: isDownInProfile('lake', RECONCILIATION),
    summary: 'The lake does not answer',
    description: `No transaction reaches the lake, and the night will refuse the day. See its log and start it again. ${PROFILE_OFF}`,
  },
  {
    name: 'LakeStalled',
    severity: 'warning',
    lasting: '5m',
    expr: `${secondsSince('lake_last_commit_timestamp_seconds', 'lake')} > 600 and sum(lake_lag_records) > 0`,
    summary: 'Records wait and the lake writes none',
    description: 'It writes once a minute while records come. Its log names the error.',
  },
  {
    name: 'LakeBehind',
    severity: 'warning',
    lasting: '5m',
    expr: isGrowing('lake_lag_records'),
    summary: 'The lake falls behind',
    description: `${VALUE} records wait and their number grows: the nightly batch will refuse the day.`,
  },
  {
    name: 'IndexesStalled',
    severity: 'warning',
    lasting: '2m',
    expr: `${secondsSince('index_stream_last_commit_timestamp_seconds', 'lake')} > 60 and sum(index_stream_lag_records) > 0`,
    summary: 'fraud_index and ops_index stand still',
    description: 'Records wait for them. The log of the lake names the error.',
  },
  {
    name: 'SchedulerDown',
    severity: 'critical',
    lasting: '5m',
    expr: isDownInProfile('nightly', RECONCILIATION),
    summary: 'The scheduler of the nightly batch does not answer',
    description: `No day will be reconciled. See the log of nightly and start it again. ${PROFILE_OFF}`,
  },
  {
    name: 'ReconciliationFailed',
    severity: 'critical',
    lasting: '1m',
    // Before the first run both are 0.
    expr: 'max(reconciliation_nightly_last_run_succeeded) == 0 and max(reconciliation_nightly_duration_seconds) > 0',
    summary: 'The nightly reconciliation failed',
    description:
      'The indexes are those of the night before. The reason is in reconciliation.failures and in the topic fintech.ops.alerts.',
  },
  {
    name: 'ReconciliationMissing',
    severity: 'critical',
    expr: `${secondsSinceLasting('reconciliation_nightly_last_success_timestamp_seconds', 'lake')} > 30 * 3600`,
    summary: 'No day was reconciled for thirty hours',
    description: `The scheduler does not run, or the day waits for streams that are behind; its log says which. ${PROFILE_OFF}`,
  },
  {
    name: 'DaysNotReconciled',
    severity: 'warning',
    lasting: '360m',
    expr: 'max(reconciliation_nightly_open_days) > 0',
    summary: 'Days that are over wait for their reconciliation',
    description: `${VALUE} days: the log of nightly says what each waits for.`,
  },
  {
    name: 'StatementsLate',
    severity: 'warning',
    expr: 'max(reconciliation_statements_late) > 0',
    summary: 'Statements have not come when they should have',
    description: `${VALUE} of them: Reconciliation names the banks and days. Payments wait for them and are not called missing.`,
  },
  {
    name: 'StatementFilesRefused',
    severity: 'warning',
    expr: grown('reconciliation_statement_files{outcome="refused"}', '1h'),
    summary: 'Files that are no statement, or not whole, were refused',
    description: `${VALUE} within an hour. They are in the folder rejected, and Reconciliation says why.`,
  },
  {
    name: 'StatementLinesRejected',
    severity: 'warning',
    expr: grown('reconciliation_statement_lines{outcome="rejected"}', '1h'),
    summary: 'Lines of statements cannot be read',
    description: `${VALUE} within an hour. Reconciliation shows them with their reasons; the rest of their files was taken.`,
  },
]

/** By the part of the platform that they are about. rules.test.yml has cases in which each fires and does not. */
export const PROMETHEUS_ALERTS: Readonly<Record<string, readonly PrometheusAlert[]>> = {
  processor,
  results,
  serving,
  reconciliation,
}
