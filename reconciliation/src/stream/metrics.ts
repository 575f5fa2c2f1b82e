import { Counter, Gauge, type Registry } from 'prom-client'

/** Metrics of the stream of fraud_index and ops_index. */
export class IndexStreamMetrics {
  readonly records: Counter
  readonly lagRecords: Gauge<'topic'>
  readonly lastCommit: Gauge
  readonly failures: Counter

  constructor(registry: Registry) {
    const registers = [registry]
    this.records = new Counter({ name: 'index_stream_records_total', help: 'Records read and written', registers })
    this.lagRecords = new Gauge({
      name: 'index_stream_lag_records',
      help: 'Committed records that are not in the indexes yet',
      labelNames: ['topic'],
      registers,
    })
    this.lastCommit = new Gauge({
      name: 'index_stream_last_commit_timestamp_seconds',
      help: 'When the indexes were last written',
      registers,
    })
    this.failures = new Counter({
      name: 'index_stream_failures_total',
      help: 'Errors of Kafka or Postgres after which it started over',
      registers,
    })
  }
}
