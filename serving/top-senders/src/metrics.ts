import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type Reason } from './partition-counter.ts'

const BATCH_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]
const FRESHNESS_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60]

/** The counter's metrics. */
export class CounterMetrics {
  readonly records: Counter
  readonly transfers: Counter
  readonly skipped: Counter<'reason'>
  readonly lagRecords: Gauge<'partition'>
  readonly batchSeconds: Histogram
  readonly freshnessSeconds: Histogram
  readonly lastCommit: Gauge
  readonly rememberedIds: Gauge
  readonly rememberedBytes: Gauge
  readonly failures: Counter
  readonly resets: Counter

  constructor(registry: Registry) {
    const registers = [registry]
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ name: `counter_${name}_total`, help, labelNames, registers })
    const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Gauge<L>({ name: `counter_${name}`, help, labelNames, registers })
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `counter_${name}_seconds`, help, buckets, registers })
    this.records = counter('records', 'Records of the log, counted or not')
    this.transfers = counter('transfers', 'Transfers that were counted')
    this.skipped = counter('skipped', 'Records that were not counted', ['reason'])
    this.lagRecords = gauge('lag_records', 'Committed records not counted yet', ['partition'])
    this.batchSeconds = histogram('batch_duration', 'One database transaction', BATCH_SECONDS)
    this.freshnessSeconds = histogram(
      'freshness',
      'From the commit of a transfer’s row to the commit of its count',
      FRESHNESS_SECONDS,
    )
    this.lastCommit = gauge('last_commit_timestamp_seconds', 'When the last batch, or sign of life, was committed')
    this.rememberedIds = gauge('remembered_ids', 'Transactions within the duplicate horizon')
    this.rememberedBytes = gauge('remembered_bytes', 'Memory of their ids')
    this.failures = counter('failures', 'Errors of Kafka or Postgres after which the counter started over')
    this.resets = counter('offset_resets', 'Partitions whose offset was gone')
  }

  skip(reason: Reason): void {
    this.skipped.inc({ reason })
  }
}
