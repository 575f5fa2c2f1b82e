import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import pg from 'pg'
import { adviceOn, failureOf } from './failure.ts'

const LOCK_RETRY_MS = 1_000
const CONNECT_MS = 10_000
const STATEMENT_MS = 60_000

/**
 * A session with Postgres that holds an advisory lock as long as it lives: so what belongs to the lock has one writer, and
 * one whose session is gone cannot write. (A connection pooler between would undo this.)
 */
export class SingleWriterLock {
  readonly client: pg.Client
  #lost: Error | undefined

  private constructor(client: pg.Client) {
    this.client = client
    client.on('error', (error) => (this.#lost ??= error))
    client.on('end', () => (this.#lost ??= new Error('the session with Postgres has ended')))
  }

  /**
   * @param name as the database's administrator sees it.
   * @throws OperatingError `postgres_refused` when the database will never take this program.
   */
  static async connect(connection: pg.ClientConfig, name: string): Promise<SingleWriterLock> {
    const client = new pg.Client({
      ...connection,
      application_name: name,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: 2 * STATEMENT_MS,
    })
    const lock = new SingleWriterLock(client)
    await client.connect().catch((error: unknown) => {
      throwIfRefused(error, name)
      throw error
    })
    return lock
  }

  /** @throws the reason when the session is gone, and with it the lock. */
  assertAlive(): void {
    if (this.#lost !== undefined) throw this.#lost
  }

  /**
   * Waits until nobody else holds the lock.
   * @param onWait is called once when somebody does.
   * @returns false when the signal came first.
   */
  async acquire(lock: number, signal: AbortSignal, onWait: () => void): Promise<boolean> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const text = 'select pg_try_advisory_lock($1) as held'
      const { rows } = await this.client.query<{ held: boolean }>(text, [lock])
      if (rows[0]?.held === true) return true
      if (attempt === 0) onWait()
      await sleep(LOCK_RETRY_MS, undefined, { signal }).catch(() => undefined)
    }
    return false
  }

  async close(): Promise<void> {
    await this.client.end()
  }
}

/** @throws OperatingError when the database will never take this program: wrong password, no such database, no permission. */
export function throwIfRefused(error: unknown, program: string): void {
  if (failureOf(error) !== 'refused' || !(error instanceof Error)) return
  throw new OperatingError(
    'postgres_refused',
    `Postgres refuses the ${program}: ${error.message}: ${adviceOn(error)}`,
    error,
  )
}
