import { ConsumerStatus } from '@fintech-streams/kafka'
import { Counter, type Registry } from 'prom-client'

/** Metrics of the stream of fraud_index and ops_index. */
export class IndexStreamMetrics {
  readonly status: ConsumerStatus
  readonly skipped: Counter<'reason'>

  constructor(registry: Registry) {
    this.status = new ConsumerStatus(registry, 'index_stream')
    this.skipped = new Counter({
      name: 'index_stream_skipped_total',
      help: 'Records that are in no index: counted before, or refused by Postgres',
      labelNames: ['reason'],
      registers: [registry],
    })
  }
}
