import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import { PostgresStore, SingleWriterLock } from '@fintech-streams/postgres'
import { type Logger } from '@fintech-streams/service'
import type pg from 'pg'
import { type PendingRow, type RefusedRecord, type ResultBatch } from './batch.ts'
import { type SinkMetrics } from './metrics.ts'
import { ROLLED_BUCKETS_SQL, rollUpAllSql, rollupSql } from './rollup-sql.ts'
import { ROLLUPS } from './rollups.ts'
import { OFFSETS_TABLE, OFFSETS_TABLE_SQL, pruneSql, type SinkTable, tableSql, upsertSql } from './tables.ts'

/** Of each table, in one step of maintenance. */
const PRUNE_ROWS_MAX = 5_000
/** Of each rollup, in one step of maintenance. */
const ROLL_UP_BUCKETS_MAX = 2

/** Everything that the sink has in the database, in an order in which it can be made. */
export function schemaSql(tables: readonly SinkTable[]): string[] {
  const rollups = ROLLUPS.filter(({ of }) => tables.some(({ name }) => name === of))
  return [
    ...OFFSETS_TABLE_SQL,
    ...tables.flatMap(tableSql),
    pruneSql(tables),
    ...ROLLED_BUCKETS_SQL,
    ...rollups.flatMap(rollupSql),
    rollUpAllSql(rollups),
  ]
}

export interface ResultStoreOptions {
  readonly tables: readonly SinkTable[]
  /** Results whose event time is longer before the newest one's are deleted, day by day. */
  readonly retentionMs: number
  /** Resolves when the dead-letter topic has them. May get a record again that it had before. */
  readonly sendDeadLetters: (refused: readonly RefusedRecord[]) => Promise<void>
  readonly metrics: SinkMetrics
  readonly logger: Logger
}

/** The results in Postgres. */
export class ResultStore extends PostgresStore<ResultBatch> {
  readonly #options: ResultStoreOptions

  private constructor(lock: SingleWriterLock, options: ResultStoreOptions) {
    super(lock, { name: 'sink', lockNumber: ADVISORY_LOCKS.sink, offsets: OFFSETS_TABLE })
    this.#options = options
  }

  static async connect(connection: pg.ClientConfig, options: ResultStoreOptions): Promise<ResultStore> {
    // A crash of the server may take back the last commits, offsets included: they are then written again.
    const asynchronous = { ...connection, options: '-c synchronous_commit=off' }
    return new ResultStore(await SingleWriterLock.connect(asynchronous, 'sink'), options)
  }

  /** Makes what is missing of the tables. */
  protected override async prepare(): Promise<void> {
    await this.client.query(schemaSql(this.#options.tables).join(';\n'))
  }

  /**
   * One step of what keeps the tables small and quick to read: deletes what is past the retention, rolls up buckets
   * that are complete. Both are bounded, so that results wait for it no longer than for a batch of theirs.
   * @returns whether there is more to do.
   */
  async maintain(): Promise<boolean> {
    const { rows } = await this.client.query<{ pruned: string; rolled: number }>({
      name: 'maintain',
      text: `select analytics.prune($1 * interval '1 ms', $2) as pruned, analytics.roll_up($3) as rolled`,
      values: [this.#options.retentionMs, PRUNE_ROWS_MAX, ROLL_UP_BUCKETS_MAX],
    })
    return Number(rows[0]?.pruned) > 0 || Number(rows[0]?.rolled) > 0
  }

  /** The dead-letter topic has what cannot become a row before the rows around it are committed. */
  protected override async writeBatch(batch: ResultBatch): Promise<void> {
    for (const [table, rows] of batch.rows()) {
      await this.writeRows(
        rows,
        (some) => this.#upsert(table, some, batch),
        (row, detail) => batch.refused.push({ ...row, reason: 'refused_by_postgres', detail }),
      )
    }
    if (batch.refused.length > 0) await this.#options.sendDeadLetters(batch.refused)
  }

  async #upsert(table: SinkTable, rows: readonly PendingRow[], batch: ResultBatch): Promise<void> {
    await this.client.query({
      name: `upsert_${table.name}`,
      text: upsertSql(table),
      values: [`[${rows.map(({ json }) => json).join(',')}]`],
    })
    batch.upserted.set(table.name, (batch.upserted.get(table.name) ?? 0) + rows.length)
  }

  protected override written({ refused, upserted }: ResultBatch): void {
    const { metrics, logger } = this.#options
    for (const [table, rows] of upserted) metrics.rows.inc({ table }, rows)
    for (const { topic, partition, record, reason, detail } of refused) {
      metrics.deadLettered.inc({ topic, reason })
      logger.warn({ topic, partition, offset: record.offset, reason, detail }, 'dead letter')
    }
  }
}
