import { setTimeout as sleep } from 'node:timers/promises'
import { minutes, seconds } from '@fintech-streams/contracts'
import { OperatingError, reasonOf } from '@fintech-streams/service'
import type pg from 'pg'
import { connect, explained, isTransient } from './connection.ts'

const BACKOFF_FIRST_MS = 100
const BACKOFF_MAX_MS = seconds(5)
/** A database that is away for longer is given up. */
const OUTAGE_MAX_MS = minutes(10)

export interface SteadyOptions {
  /** Ends the wait for a database that is away. */
  signal: AbortSignal
  /** Told about each loss of the connection and each return, in a sentence. */
  report: (sentence: string) => void
}

/** One connection that is made again when it is lost. Work is done one piece after the other. */
export class SteadyConnection {
  readonly #config: pg.ClientConfig
  readonly #options: SteadyOptions
  #client: pg.Client | undefined

  constructor(config: pg.ClientConfig, options: SteadyOptions) {
    this.#config = config
    this.#options = options
  }

  /** Connects now. @throws OperatingError at once when it cannot: at its start a program says so instead of waiting. */
  async open(): Promise<void> {
    this.#client ??= await connect(this.#config)
  }

  /**
   * Runs a piece of work, and runs it again, less and less often, while the database is away.
   *
   * @param use gets `isRetry` true when an earlier try may have been committed without an answer.
   * @param what the work in a word or two, for the error: `20 transactions`.
   * @throws OperatingError when the database stays away, or the signal ends the wait; and what `use` throws otherwise.
   */
  async run<T>(what: string, use: (client: pg.Client, isRetry: boolean) => Promise<T>): Promise<T> {
    let lostMs: number | undefined
    for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
      try {
        this.#client ??= await connect(this.#config)
        const result = await use(this.#client, lostMs !== undefined)
        if (lostMs !== undefined) this.#options.report(`Postgres is back after ${secondsSince(lostMs)} s`)
        return result
      } catch (error) {
        if (!isTransient(error)) throw explained(error)
        await this.close()
        if (lostMs === undefined) this.#options.report(`lost Postgres, trying again: ${reasonOf(error)}`)
        lostMs ??= performance.now()
        await this.#wait(backoffMs, lostMs, what, error)
      }
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #wait(backoffMs: number, lostMs: number, what: string, cause: unknown): Promise<void> {
    if (performance.now() - lostMs > OUTAGE_MAX_MS) {
      const away = `Postgres has been away for ${secondsSince(lostMs)} s (${reasonOf(cause)})`
      throw new OperatingError('outage', `${away}; ${what} not written: start it again, then this command`, cause)
    }
    const isStopped = await sleep(backoffMs, false, { signal: this.#options.signal }).catch(() => true)
    if (isStopped) throw new OperatingError('stopped', `stopped while Postgres was away; ${what} not written`, cause)
  }
}

function secondsSince(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1)
}
