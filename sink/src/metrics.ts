import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const DURATION_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]

/** The sink's metrics. */
export class SinkMetrics {
  readonly rows: Counter<'table'>
  readonly records: Counter<'topic'>
  readonly deadLettered: Counter<'topic' | 'reason'>
  readonly lagRecords: Gauge<'topic'>
  readonly batchSeconds: Histogram
  readonly lastCommit: Gauge
  readonly failures: Counter
  readonly resets: Counter<'topic'>

  constructor(registry: Registry) {
    const registers = [registry]
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ name: `sink_${name}_total`, help, labelNames, registers })
    const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Gauge<L>({ name: `sink_${name}`, help, labelNames, registers })
    this.rows = counter('rows_upserted', 'Rows inserted or replaced', ['table'])
    this.records = counter('records', 'Records read and written', ['topic'])
    this.deadLettered = counter('dead_lettered', 'Records sent to the dead-letter topic', ['topic', 'reason'])
    this.lagRecords = gauge('lag_records', 'Committed records not in Postgres yet', ['topic'])
    this.batchSeconds = new Histogram({
      name: 'sink_batch_duration_seconds',
      help: 'One database transaction',
      buckets: DURATION_SECONDS,
      registers,
    })
    this.lastCommit = gauge('last_commit_timestamp_seconds', 'When the last batch was committed')
    this.failures = counter('failures', 'Errors of Kafka or Postgres after which the sink started over')
    this.resets = counter('offset_resets', 'Partitions read from their beginning for want of the offset', ['topic'])
  }
}
