import { ConsumerStatus } from '@fintech-streams/kafka'
import { Counter, Gauge, type Registry } from 'prom-client'

/** The lake writer's metrics. */
export class LakeMetrics {
  readonly status: ConsumerStatus
  readonly rows: Counter<'table' | 'outcome'>
  readonly files: Counter<'table'>
  readonly version: Gauge

  constructor(registry: Registry) {
    const registers = [registry]
    this.status = new ConsumerStatus(registry, 'lake')
    this.rows = new Counter({
      name: 'lake_rows_total',
      help: 'Records committed to the lake, by what became of them',
      labelNames: ['table', 'outcome'],
      registers,
    })
    this.files = new Counter({
      name: 'lake_files_written_total',
      help: 'Parquet files written and committed',
      labelNames: ['table'],
      registers,
    })
    this.version = new Gauge({ name: 'lake_version', help: "The lake's version", registers })
  }

  /** Counts of a commit, named `<table>.<outcome>`. */
  count(counts: Readonly<Record<string, number>>): void {
    for (const [name, n] of Object.entries(counts)) {
      const [table, ...outcome] = name.startsWith('fintech.') ? [] : name.split('.')
      if (table !== undefined) this.rows.inc({ table, outcome: outcome.join('.') }, n)
    }
  }
}
