import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, unavailable } from '@fintech-streams/service'
import pg from 'pg'
import { failureOf, isState, UNDEFINED_TABLE } from './failure.ts'
import { inTransaction } from './transaction.ts'

/** How long a request waits for a connection of the pool, and Postgres for a statement. */
const CONNECT_MS = 1_000
const STATEMENT_MS = 3_000
/** The client gives up a moment after the server should have. */
const QUERY_MS = STATEMENT_MS + 500
const LOOK_EVERY_MS = 500
/** Consecutive failed health checks or connections that open the circuit; one successful health check closes it. */
const FAILURES_MAX = 2

export type PgClient = pg.PoolClient

/**
 * Postgres as requests use it. Nothing here hangs: waiting for a connection, for a statement and for an answer is bounded,
 * and while the database is known to be down a request is refused at once.
 */
export class Database {
  readonly #pool: pg.Pool
  /** A connection of its own, so that a health check does not wait for the requests' connections. */
  readonly #healthCheckPool: pg.Pool
  readonly #logger: Logger
  #failures = FAILURES_MAX
  #reason = 'not reached yet'

  constructor(config: pg.PoolConfig, logger: Logger) {
    this.#logger = logger
    const bounded: pg.PoolConfig = {
      ...config,
      application_name: 'serving',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: QUERY_MS,
      idle_in_transaction_session_timeout: 2 * STATEMENT_MS,
      lock_timeout: STATEMENT_MS,
    }
    this.#pool = new pg.Pool(bounded)
    this.#healthCheckPool = new pg.Pool({ ...bounded, max: 1 })
    // An idle connection that dies is replaced at its next use; unheard, its error would end the process.
    for (const pool of [this.#pool, this.#healthCheckPool]) pool.on('error', (error) => this.#failed(error))
  }

  /** Whether the last health checks succeeded. */
  get isUp(): boolean {
    return this.#failures < FAILURES_MAX
  }

  get state(): { ready: boolean; detail: string } {
    return this.isUp ? { ready: true, detail: 'up' } : { ready: false, detail: this.#reason }
  }

  /**
   * One statement.
   * @throws Problem `unavailable` when the database is down or does not answer in time; its own error when it refuses the
   *   statement.
   */
  async query<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<R[]> {
    return this.#guarded(async () => (await this.#pool.query<R>(query)).rows)
  }

  /** Everything in one database transaction; rolled back when `work` throws. @throws like {@link query}. */
  async transaction<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    return this.withClient((client) => inTransaction(client, () => work(client)))
  }

  /** A connection of its own for a piece of work. @throws like {@link query}. */
  async withClient<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    return this.#guarded(async () => {
      const client = await this.#pool.connect()
      let broken: Error | undefined
      try {
        return await work(client)
      } catch (error) {
        if (isUnavailable(error)) broken = error
        throw error
      } finally {
        // One whose server or answer is lost must not be used again.
        client.release(broken)
      }
    })
  }

  /** Checks the database's health every half second until the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#healthCheckPool.query('select')
        if (!this.isUp) this.#logger.info('Postgres is there')
        this.#failures = 0
      } catch (error) {
        this.#failed(error as Error)
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#healthCheckPool.end()])
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isUp) throw unavailable(`Postgres is down: ${this.#reason}`)
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      // Slow statements of one caller are no reason to refuse the others.
      if (failureOf(error) === 'outage') this.#failed(error)
      throw unavailable('Postgres did not answer in time', error)
    }
  }

  #failed(error: Error): void {
    this.#reason = error.message
    this.#failures += 1
    if (this.#failures === FAILURES_MAX) this.#logger.error({ err: error }, 'Postgres is down')
  }
}

/**
 * Whether an error says nothing about the statement but that it could not be carried out now: gone, too slow, or a table
 * that its program has not made yet.
 */
function isUnavailable(error: unknown): error is Error {
  const failure = failureOf(error)
  return failure === 'outage' || failure === 'transient' || isState(error, UNDEFINED_TABLE)
}
