import { ConsumerStatus } from '@fintech-streams/kafka'
import { Counter, type Registry } from 'prom-client'

/** The sink's metrics. */
export class SinkMetrics {
  readonly status: ConsumerStatus
  readonly rows: Counter<'table'>
  readonly deadLettered: Counter<'topic' | 'reason'>

  constructor(registry: Registry) {
    this.status = new ConsumerStatus(registry, 'sink')
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter<L>({ name: `sink_${name}_total`, help, labelNames, registers: [registry] })
    this.rows = counter('rows_upserted', 'Rows inserted or replaced', ['table'])
    this.deadLettered = counter('dead_lettered', 'Records sent to the dead-letter topic', ['topic', 'reason'])
  }
}
