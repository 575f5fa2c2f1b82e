import { ConsumerStatus } from '@fintech-streams/kafka'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type Reason } from './partition-counter.ts'

const FRESHNESS_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60]

/** The counter's metrics. */
export class CounterMetrics {
  readonly status: ConsumerStatus
  readonly transfers: Counter
  readonly skipped: Counter<'reason'>
  readonly freshnessSeconds: Histogram
  readonly rememberedIds: Gauge
  readonly rememberedBytes: Gauge

  constructor(registry: Registry) {
    const registers = [registry]
    this.status = new ConsumerStatus(registry, 'counter')
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ name: `counter_${name}_total`, help, labelNames, registers })
    const gauge = (name: string, help: string) => new Gauge({ name: `counter_${name}`, help, registers })
    this.transfers = counter('transfers', 'Transfers that were counted')
    this.skipped = counter('skipped', 'Records that were not counted', ['reason'])
    this.freshnessSeconds = new Histogram({
      name: 'counter_freshness_seconds',
      help: 'From the commit of a transfer’s row to the commit of its count',
      buckets: FRESHNESS_SECONDS,
      registers,
    })
    this.rememberedIds = gauge('remembered_ids', 'Transactions within the duplicate horizon')
    this.rememberedBytes = gauge('remembered_bytes', 'Memory of their ids')
  }

  skip(reason: Reason): void {
    this.skipped.inc({ reason })
  }
}
