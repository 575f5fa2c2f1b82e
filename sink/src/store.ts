import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import type pg from 'pg'
import { type Batch, type PendingRow, type Position, type RefusedRecord } from './batch.ts'
import { isDataError, OwnerSession } from '@fintech-streams/postgres'
import { ROLLED_BUCKETS_SQL, rollUpAllSql, rollupSql } from './rollup-sql.ts'
import { ROLLUPS } from './rollups.ts'
import {
  OFFSETS_TABLE_SQL,
  pruneSql,
  READ_OFFSETS_SQL,
  type SinkTable,
  tableSql,
  upsertSql,
  WRITE_OFFSETS_SQL,
} from './tables.ts'

/** Of each table, in one step of maintenance. */
const PRUNE_ROWS_MAX = 5_000
/** Of each rollup, in one step of maintenance. */
const ROLL_UP_BUCKETS_MAX = 2

/** Everything that the sink has in the database, in an order in which it can be made. */
export function schemaSql(tables: readonly SinkTable[]): string[] {
  const rollups = ROLLUPS.filter(({ of }) => tables.some(({ name }) => name === of))
  return [
    OFFSETS_TABLE_SQL,
    ...tables.flatMap(tableSql),
    pruneSql(tables),
    ...ROLLED_BUCKETS_SQL,
    ...rollups.flatMap(rollupSql),
    rollUpAllSql(rollups),
  ]
}

/** The results in Postgres. One session does everything. */
export class ResultStore {
  readonly #session: OwnerSession
  readonly #client: pg.Client

  private constructor(session: OwnerSession) {
    this.#session = session
    this.#client = session.client
  }

  static async connect(connection: pg.ClientConfig): Promise<ResultStore> {
    // A crash of the server may take back the last commits, offsets included: they are then written again.
    const options = '-c synchronous_commit=off'
    return new ResultStore(await OwnerSession.connect({ ...connection, options }, 'sink'))
  }

  /** @throws the reason when the session is gone, and with it the lock. */
  assertAlive(): void {
    this.#session.assertAlive()
  }

  /** Waits until no other sink holds the database. @returns false when the signal came first. */
  acquire(signal: AbortSignal, onWait: () => void): Promise<boolean> {
    return this.#session.acquire(ADVISORY_LOCKS.sink, signal, onWait)
  }

  /** Makes what is missing of the tables. Only after `acquire`. */
  async prepare(tables: readonly SinkTable[]): Promise<void> {
    await this.#client.query(schemaSql(tables).join(';\n'))
  }

  /**
   * One step of what keeps the tables small and quick to read: deletes what is older than `keepMs`, rolls up buckets
   * that are complete. Both are bounded, so that results wait for it no longer than for a batch of theirs.
   * @returns whether there is more to do.
   */
  async maintain(keepMs: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ pruned: string; rolled: number }>({
      name: 'maintain',
      text: `select analytics.prune($1 * interval '1 ms', $2) as pruned, analytics.roll_up($3) as rolled`,
      values: [keepMs, PRUNE_ROWS_MAX, ROLL_UP_BUCKETS_MAX],
    })
    return Number(rows[0]?.pruned) > 0 || Number(rows[0]?.rolled) > 0
  }

  /** Where reading goes on. */
  async positions(): Promise<Position[]> {
    const { rows } = await this.#client.query<{
      topic: string
      partition: number
      topic_id: string
      next_offset: string
    }>(READ_OFFSETS_SQL)
    return rows.map(({ topic, partition, topic_id, next_offset }) => ({
      topic,
      partition,
      topicId: topic_id,
      offset: Number(next_offset),
    }))
  }

  /**
   * Writes a batch and its positions in one transaction.
   * @param beforeCommit gets the records that Postgres refused; if it fails, nothing is written.
   */
  async write(batch: Batch, beforeCommit: (refused: RefusedRecord[]) => Promise<void>): Promise<void> {
    const refused: RefusedRecord[] = []
    await this.#client.query('begin')
    for (const [table, rows] of batch.rows()) await this.#upsert(table, rows, refused)
    await this.#writePositions(batch.positions)
    await beforeCommit(refused)
    await this.#client.query('commit')
  }

  /** When Postgres refuses the rows' data, halves find the rows that it refuses, and the others are written. */
  async #upsert(table: SinkTable, rows: readonly PendingRow[], refused: RefusedRecord[]): Promise<void> {
    await this.#client.query('savepoint rows')
    try {
      await this.#client.query({
        name: `upsert_${table.name}`,
        text: upsertSql(table),
        values: [`[${rows.map(({ json }) => json).join(',')}]`],
      })
      await this.#client.query('release savepoint rows')
    } catch (error) {
      if (!isDataError(error)) throw error
      await this.#client.query('rollback to savepoint rows')
      const [row] = rows
      if (rows.length === 1 && row !== undefined) {
        refused.push({ ...row, reason: 'refused_by_postgres', detail: error.message })
        return
      }
      const middle = rows.length >> 1
      await this.#upsert(table, rows.slice(0, middle), refused)
      await this.#upsert(table, rows.slice(middle), refused)
    }
  }

  async #writePositions(positions: readonly Position[]): Promise<void> {
    await this.#client.query({
      name: 'write_offsets',
      text: WRITE_OFFSETS_SQL,
      values: [
        positions.map(({ topic }) => topic),
        positions.map(({ partition }) => partition),
        positions.map(({ topicId }) => topicId),
        positions.map(({ offset }) => offset),
      ],
    })
  }

  async close(): Promise<void> {
    await this.#session.close()
  }
}
