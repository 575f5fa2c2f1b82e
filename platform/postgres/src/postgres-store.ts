import { type TopicPosition } from '@fintech-streams/records'
import { isDataError } from './failure.ts'
import type pg from 'pg'
import { OffsetStore } from './offset-store.ts'
import { type SingleWriterLock, throwIfRefused } from './single-writer-lock.ts'

/**
 * What a consumer keeps in Postgres. One session does everything and holds the lock, and a batch and how far it goes are
 * one database transaction: so nothing is written twice, and reading goes on behind what is written.
 */
export abstract class PostgresStore<B> {
  protected readonly client: pg.Client
  readonly #lock: SingleWriterLock
  readonly #lockNumber: number
  readonly #name: string
  readonly #offsets: OffsetStore

  /**
   * @param options.name of the program, in what it says when Postgres refuses it.
   * @param options.lockNumber one of `ADVISORY_LOCKS`.
   * @param options.offsets the table of its offsets.
   */
  protected constructor(
    lock: SingleWriterLock,
    { name, lockNumber, offsets }: { name: string; lockNumber: number; offsets: string },
  ) {
    this.client = lock.client
    this.#lock = lock
    this.#lockNumber = lockNumber
    this.#name = name
    this.#offsets = new OffsetStore(lock.client, offsets)
  }

  /** @throws the reason when the session is gone, and with it the lock. */
  assertAlive(): void {
    this.#lock.assertAlive()
  }

  /** Waits until nobody else writes. @returns false when the signal came first. */
  acquire(signal: AbortSignal, onWait: () => void): Promise<boolean> {
    return this.asked(() => this.#lock.acquire(this.#lockNumber, signal, onWait))
  }

  /** Where reading goes on, after what the store has to do before. */
  positions(): Promise<TopicPosition[]> {
    return this.asked(async () => {
      await this.prepare()
      return this.#offsets.read()
    })
  }

  /** All of the batch and its positions, or nothing: after an error the session must be closed. */
  async write(batch: B, positions: readonly TopicPosition[]): Promise<void> {
    await this.asked(async () => {
      await this.client.query('begin')
      await this.#offsets.write(positions)
      await this.writeBatch(batch)
      await this.client.query('commit')
    })
    this.written(batch)
  }

  /** What is done once, when the lock is held, before anything is read. */
  protected async prepare(): Promise<void> {}

  protected abstract writeBatch(batch: B): Promise<void>

  /**
   * Writes rows; when Postgres refuses the data of some, halves find those, and the others are written.
   * @param onRefused gets each that it refuses, with its reason.
   */
  protected async writeRows<R>(
    rows: readonly R[],
    write: (rows: readonly R[]) => Promise<void>,
    onRefused: (row: R, detail: string) => void,
  ): Promise<void> {
    if (rows.length === 0) return
    await this.client.query('savepoint rows')
    try {
      await write(rows)
      await this.client.query('release savepoint rows')
    } catch (error) {
      if (!isDataError(error)) throw error
      await this.client.query('rollback to savepoint rows')
      const [row] = rows
      if (rows.length === 1 && row !== undefined) return onRefused(row, error.message)
      const middle = rows.length >> 1
      await this.writeRows(rows.slice(0, middle), write, onRefused)
      await this.writeRows(rows.slice(middle), write, onRefused)
    }
  }

  /** The batch is committed. */
  protected written(_batch: B): void {}

  /** @throws OperatingError `refused` when the database will never take this program; its own error otherwise. */
  protected async asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throwIfRefused(error, this.#name)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#lock.close()
  }
}
