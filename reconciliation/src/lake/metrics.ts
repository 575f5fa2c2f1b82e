import { Counter, Gauge, type Registry } from 'prom-client'

/** The lake writer's metrics. */
export class LakeMetrics {
  readonly records: Counter<'table' | 'outcome'>
  readonly files: Counter<'table'>
  readonly lagRecords: Gauge<'topic'>
  readonly lastCommit: Gauge
  readonly version: Gauge
  readonly failures: Counter
  readonly resets: Counter<'topic'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.records = new Counter({
      name: 'lake_records_total',
      help: 'Records read and committed to the lake, by what became of them',
      labelNames: ['table', 'outcome'],
      registers,
    })
    this.files = new Counter({
      name: 'lake_files_written_total',
      help: 'Parquet files written and committed',
      labelNames: ['table'],
      registers,
    })
    this.lagRecords = new Gauge({
      name: 'lake_lag_records',
      help: 'Committed records that have not been read for the lake',
      labelNames: ['topic'],
      registers,
    })
    this.lastCommit = new Gauge({
      name: 'lake_last_commit_timestamp_seconds',
      help: "When the lake's last version was committed",
      registers,
    })
    // Until it is set it has no sample: zero would be a commit of 1970.
    this.lastCommit.remove()
    this.version = new Gauge({ name: 'lake_version', help: "The lake's version", registers })
    this.failures = new Counter({
      name: 'lake_failures_total',
      help: 'Errors after which the writer started over',
      registers,
    })
    this.resets = new Counter({
      name: 'lake_offset_resets_total',
      help: 'Partitions read from their first record for want of the offset',
      labelNames: ['topic'],
      registers,
    })
  }

  /** Counts of a commit, named `<table>.<outcome>`. */
  count(counts: Readonly<Record<string, number>>): void {
    for (const [name, n] of Object.entries(counts)) {
      const [table, ...outcome] = name.startsWith('fintech.') ? [] : name.split('.')
      if (table !== undefined) this.records.inc({ table, outcome: outcome.join('.') }, n)
    }
  }
}
