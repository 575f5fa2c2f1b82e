import { promql, promqlNow, sqlSeries, sqlTable } from '../datasources.ts'
import { badFrom, goodFrom, type PanelOf, PLAIN, stat, table, timeSeries } from '../panels.ts'
import { PROMQL, SQL } from './queries.ts'

// Now

export const processorsUp: PanelOf = () =>
  stat(
    { title: 'Processors', description: 'Processors that answer. None: transactions wait in Kafka.', unit: 'short' },
    goodFrom(1),
    promqlNow(PROMQL.processorsUp),
  )

export const sinksUp: PanelOf = () =>
  stat(
    { title: 'Result sink', description: 'Sinks that answer. None: results wait in Kafka.', unit: 'short' },
    goodFrom(1),
    promqlNow(PROMQL.sinksUp),
  )

export const alertsFiring: PanelOf = () =>
  stat(
    { title: 'Alerts', description: 'Alerts of docker/prometheus/rules.yml that fire now.', unit: 'short' },
    badFrom(1),
    promqlNow(PROMQL.alertsFiring),
  )

export const recordsPerSecond: PanelOf = () =>
  stat(
    { title: 'Transactions', description: 'Change records that the processor reads.', unit: 'cps' },
    goodFrom(0),
    promqlNow(PROMQL.recordsPerSecond),
  )

export const latencyNow: PanelOf = () =>
  stat(
    {
      title: 'Latency p99',
      description: "From a row's commit in Postgres to the commit of its results in Kafka, all but one in a hundred.",
      unit: 's',
    },
    badFrom(1),
    promqlNow(PROMQL.latency(0.99)),
  )

export const waiting: PanelOf = () =>
  stat(
    {
      title: 'Waiting records',
      description: 'Records in Kafka that the processor or the sink has yet to take.',
      unit: 'short',
    },
    badFrom(10_000),
    promqlNow(PROMQL.waiting),
  )

// Flow

export const transactionsWritten: PanelOf = () =>
  timeSeries(
    {
      title: 'Transactions by status',
      description: 'Rows of the table transactions by event time: what there is to process. Of one hour at most.',
      unit: 'short',
    },
    sqlSeries(SQL.transactionsByStatus),
  )

export const throughput: PanelOf = () =>
  timeSeries(
    {
      title: 'Records read',
      description: 'Stage source reads transactions, stage merge partial aggregates: its rate is one of windows.',
      unit: 'cps',
    },
    promql(PROMQL.recordsByStage, '{{stage}}'),
  )

export const latency: PanelOf = () =>
  timeSeries(
    {
      title: 'End-to-end latency',
      description: "From a row's commit in Postgres to the commit of its results in Kafka.",
      unit: 's',
    },
    promql(PROMQL.latency(0.5), 'p50'),
    promql(PROMQL.latency(0.95), 'p95'),
    promql(PROMQL.latency(0.99), 'p99'),
  )

export const inputByJob: PanelOf = () =>
  timeSeries(
    {
      title: 'Counted by job',
      description: 'Transactions that a job counts, and, for jobs that merge, their partial aggregates.',
      unit: 'cps',
    },
    promql(PROMQL.inputByJob, '{{job}}'),
  )

export const resultsByJob: PanelOf = () =>
  timeSeries(
    {
      title: 'Results by job',
      description: 'Window jobs write when windows close, so their lines have peaks.',
      unit: 'cps',
    },
    promql(PROMQL.resultsByJob, '{{job}}'),
  )

export const rowsByTable: PanelOf = () =>
  timeSeries(
    {
      title: 'Rows to Postgres',
      description: 'Rows of the result tables that the sink inserts or replaces.',
      unit: 'cps',
    },
    promql(PROMQL.rowsByTable, '{{table}}'),
  )

// Lag

export const lag: PanelOf = () =>
  timeSeries(
    {
      title: 'Lag of the processor',
      description: 'Records of each partition that are not processed yet. Growth means too few processors.',
      unit: 'short',
    },
    promql(PROMQL.lagByPartition, '{{stage}} {{partition}}'),
  )

export const watermarkDelay: PanelOf = () =>
  timeSeries(
    {
      title: 'Watermark behind the wall clock',
      description: 'Windows close by event time: a little over 5 s is usual, more while history is read.',
      unit: 's',
    },
    promql(PROMQL.watermarkDelay, '{{stage}} {{partition}}'),
  )

export const sinkLag: PanelOf = () =>
  timeSeries(
    { title: 'Lag of the sink', description: 'Committed results that are not in Postgres yet.', unit: 'short' },
    promql(PROMQL.lagByTopic, '{{topic}}'),
  )

export const slots: PanelOf = () =>
  table(
    {
      title: 'Retained WAL',
      description:
        'Write-ahead log that Postgres keeps for each connector. Beyond max_slot_wal_keep_size (4 GB) the slot is ' +
        'lost, and its connector needs a new snapshot.',
      unit: 'bytes',
    },
    sqlTable(SQL.replicationSlots),
  )

export const heartbeats: PanelOf = () =>
  table(
    {
      title: 'Connector heartbeats',
      description: 'Age of the last heartbeat of each connector; one is due every 5 s. See connectors status.',
      unit: 's',
    },
    sqlTable(SQL.connectorHeartbeats),
  )

// Left out

export const skipped: PanelOf = () =>
  timeSeries(
    {
      title: 'Skipped records',
      description: 'Records that are no new transaction: updates, deletes, duplicates, tombstones.',
      unit: 'cps',
    },
    promql(PROMQL.skipped, '{{stage}} {{reason}}'),
  )

export const late: PanelOf = () =>
  timeSeries(
    {
      title: 'Late and uncounted records',
      description:
        'Late: by the job whose window was closed; * is beyond the duplicate horizon, for every job. Uncounted: ' +
        'without the key that the job groups by.',
      unit: 'cps',
    },
    promql(PROMQL.late, 'late {{job}}'),
    promql(PROMQL.uncounted, 'uncounted {{job}}'),
  )

export const deadLettered: PanelOf = () =>
  timeSeries(
    {
      title: 'Dead letters',
      description:
        'Malformed records, and results that Postgres does not take. processor replay-dead-letters sends corrected ' +
        'ones again.',
      unit: 'cps',
    },
    promql(PROMQL.deadLettered, '{{stage}} {{reason}}'),
    promql(PROMQL.refused, 'sink {{topic}} {{reason}}'),
  )

export const lateTable: PanelOf = () =>
  table(
    {
      title: 'Late records by job',
      description: 'Of event times in the range shown; the lateness is the largest.',
      unit: 'short',
    },
    sqlTable(SQL.lateByJob),
  ).overrideByName('lateness', [{ id: 'unit', value: 'ms' }])

export const deadLetterTable: PanelOf = () =>
  table(
    {
      title: 'Newest dead letters',
      description: 'The topic fintech.dead_letter as a table, by the time of the record itself.',
      unit: 'none',
    },
    sqlTable(SQL.deadLetters),
  )

// Safety

export const commits: PanelOf = () =>
  timeSeries(
    {
      title: 'Commit p99',
      description: 'Processing and committing one Kafka transaction; for the sink, one database transaction.',
      unit: 's',
    },
    promql(PROMQL.commit(0.99), '{{stage}}'),
    promql(PROMQL.checkpoint(0.99), '{{stage}} with checkpoint'),
    promql(PROMQL.sinkBatch(0.99), 'sink'),
  ).span(6)

export const checkpointAge: PanelOf = () =>
  timeSeries(
    {
      title: 'Age of the last checkpoint',
      description:
        'State is saved every 10 s while it changes; a recovery replays what came after. For the sink, its last commit.',
      unit: 's',
    },
    promql(PROMQL.checkpointAge, '{{stage}}'),
    promql(PROMQL.sinkCommitAge, 'sink'),
  ).span(6)

export const checkpointBytes: PanelOf = () =>
  timeSeries(
    {
      title: 'Size of a checkpoint',
      description: "What a partition's task writes to its changelog at each: the state that changed since the last.",
      unit: 'bytes',
    },
    promql(PROMQL.checkpointBytes, '{{stage}}'),
  ).span(6)

export const failures: PanelOf = () =>
  timeSeries(
    {
      title: 'Failures',
      description: 'Tasks of the processor, and runs of the sink, that ended with an error and were started over.',
      unit: 'short',
    },
    promql(PROMQL.taskFailures, '{{stage}}'),
    promql(PROMQL.sinkFailures, 'sink'),
  ).span(6)

// Results

export const results: PanelOf = () =>
  table(
    {
      title: 'Results in Postgres',
      description:
        'Rows of each result table, as Postgres counts them, and the time of the newest window or transaction.',
      unit: 'short',
    },
    sqlTable(SQL.resultsByJob),
  ).span(8)

export const verdicts: PanelOf = () =>
  timeSeries(
    {
      title: 'Fraud verdicts',
      description: 'Transactions an hour whose verdict is not NORMAL, by verdict and event time.',
      unit: 'short',
    },
    sqlSeries(SQL.verdicts),
  )

export const volume: PanelOf = () =>
  timeSeries(
    {
      title: 'Volume by type',
      description: 'Sum of amount_usd a minute (dashboard_metrics).',
      unit: 'currencyUSD',
    },
    sqlSeries(SQL.volumeByType),
  )

// Kafka and Connect

/** As high as the chart in the same line. */
const BESIDE_CHART = 8

export const brokers: PanelOf = () =>
  stat(
    { title: 'Brokers', description: 'Brokers in the cluster, as the API finds them.', unit: 'short' },
    goodFrom(1),
    promqlNow(PROMQL.brokers),
  ).height(BESIDE_CHART)

export const leaderless: PanelOf = () =>
  stat(
    {
      title: 'Partitions without a leader',
      description: 'Nobody can read or write them. With one broker: its disk has failed.',
      unit: 'short',
    },
    badFrom(1),
    promqlNow(PROMQL.leaderless),
  ).height(BESIDE_CHART)

export const connectorsRunning: PanelOf = () =>
  stat(
    {
      title: 'Connectors',
      description:
        '1 when every connector and its task run. 0: changes wait in the write-ahead log; see connectors status.',
      unit: 'short',
    },
    goodFrom(1),
    promqlNow(PROMQL.connectorsRunning),
  ).height(BESIDE_CHART)

export const writtenByTopic: PanelOf = () =>
  timeSeries(
    {
      title: 'Written to Kafka',
      description: 'Offsets that each topic gains: records, and a marker a partition for each transaction.',
      unit: 'cps',
    },
    promql(PROMQL.writtenByTopic, '{{topic}}'),
  ).span(12)

// Postgres

export const outboxBytes: PanelOf = () =>
  stat(
    {
      title: 'Outbox',
      description: 'Size of the ring of hours. It empties behind the outbox connector: growth means that nobody reads.',
      unit: 'bytes',
    },
    badFrom(20e9),
    sqlTable(SQL.outboxBytes),
  )

export const outboxRows: PanelOf = () =>
  stat(
    { title: 'Outbox events', description: 'In the ring, as Postgres counts them.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.outboxRows),
  )

export const databaseBytes: PanelOf = () =>
  stat(
    { title: 'Database', description: 'Size of everything, without the write-ahead log.', unit: 'bytes' },
    PLAIN,
    sqlTable(SQL.databaseBytes),
  )

export const resultBytes: PanelOf = () =>
  stat(
    {
      title: 'Results',
      description: 'Size of the result tables with their indexes and rollups; SINK_RETENTION bounds it.',
      unit: 'bytes',
    },
    PLAIN,
    sqlTable(SQL.resultBytes),
  )

export const connections: PanelOf = () =>
  stat(
    { title: 'Connections', description: 'Of those that the server takes (max_connections).', unit: 'percentunit' },
    badFrom(0.8),
    sqlTable(SQL.connections),
  )

export const cacheHits: PanelOf = () =>
  stat(
    {
      title: 'Cache hits',
      description: 'Blocks found in shared buffers, since the statistics began. Low: more memory for Postgres.',
      unit: 'percentunit',
    },
    goodFrom(0.9),
    sqlTable(SQL.cacheHits),
  ).decimals(1)

// Processes

export const memory: PanelOf = () =>
  timeSeries(
    { title: 'Memory', description: 'Resident memory of each process.', unit: 'bytes' },
    promql(PROMQL.memory, '{{job}} {{instance}}'),
  ).span(6)

export const cpu: PanelOf = () =>
  timeSeries(
    { title: 'Processor time', description: 'Cores that each process keeps busy.', unit: 'short' },
    promql(PROMQL.cpu, '{{job}} {{instance}}'),
  ).span(6)

export const eventLoop: PanelOf = () =>
  timeSeries(
    {
      title: 'Event loop lag p99',
      description: 'How long a process is busy before it looks at the network again.',
      unit: 's',
    },
    promql(PROMQL.eventLoop, '{{job}} {{instance}}'),
  ).span(6)

export const state: PanelOf = () =>
  timeSeries(
    {
      title: 'Keyed state',
      description: 'Entries of customers, windows and partial aggregates. They fall when windows close.',
      unit: 'short',
    },
    promql(PROMQL.stateEntries, '{{stage}}'),
  ).span(6)
