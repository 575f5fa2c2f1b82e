import { setTimeout as sleep } from 'node:timers/promises'
import { minutes, seconds } from '@fintech-streams/contracts'
import { OperatingError } from '@fintech-streams/cli'
import type pg from 'pg'
import { type Batch } from '../model/stream.ts'
import { connect, isTransient, isUniqueViolation, messageOf } from './connection.ts'
import { writeBatch } from './write-batch.ts'

const BACKOFF_FIRST_MS = 100
const BACKOFF_MAX_MS = seconds(5)
/** A database that is away for longer is given up. */
const OUTAGE_MAX_MS = minutes(10)

export interface WriterOptions {
  /** Ends the wait for a database that is away. */
  signal: AbortSignal
  /** Told about each loss of the connection and each return, in a sentence. */
  report: (sentence: string) => void
}

/**
 * Writes batches one after the other over one connection, so that they are committed in the order of event time. A
 * batch is written once, whatever happens to the connection.
 */
export class BatchWriter {
  readonly #config: pg.ClientConfig
  readonly #options: WriterOptions
  #client: pg.Client | undefined

  constructor(config: pg.ClientConfig, options: WriterOptions) {
    this.#config = config
    this.#options = options
  }

  /**
   * Returns when the batch is committed. While the database is away it tries again, less and less often.
   * @throws OperatingError when the database stays away, or `signal` ends the wait: this batch is not written then.
   */
  async write(batch: Batch): Promise<void> {
    let lostAtMs: number | undefined
    for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
      try {
        this.#client ??= await connect(this.#config)
        // A commit whose answer was lost may have happened: a batch is there whole or not at all.
        const isThere = lostAtMs !== undefined && (await isWritten(this.#client, batch))
        if (!isThere) await writeBatch(this.#client, batch)
        if (lostAtMs !== undefined) this.#options.report(`Postgres is back after ${secondsSince(lostAtMs)} s`)
        return
      } catch (error) {
        await this.close()
        if (isUniqueViolation(error) && lostAtMs === undefined) throw alreadyWritten(error)
        if (!isTransient(error) && !isUniqueViolation(error)) throw error
        if (lostAtMs === undefined) this.#options.report(`lost Postgres, trying again: ${messageOf(error)}`)
        lostAtMs ??= Date.now()
        await this.#wait(backoffMs, lostAtMs, batch, error)
      }
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #wait(backoffMs: number, lostAtMs: number, batch: Batch, cause: unknown): Promise<void> {
    const unwritten = `${batch.changes.length} transactions are not written`
    if (Date.now() - lostAtMs > OUTAGE_MAX_MS) {
      const away = `Postgres has been away for ${secondsSince(lostAtMs)} s (${messageOf(cause)}); ${unwritten}`
      throw new OperatingError('outage', `${away}: start it again, then this command`, cause)
    }
    const isStopped = await sleep(backoffMs, false, { signal: this.#options.signal }).catch(() => true)
    if (isStopped) throw new OperatingError('stopped', `stopped while Postgres was away; ${unwritten}`, cause)
  }
}

async function isWritten(client: pg.Client, { changes: [change], sessions: [session] }: Batch): Promise<boolean> {
  const [sql, id] =
    change === undefined
      ? ['select from customer_sessions where session_id = $1', session?.sessionId]
      : ['select from transactions where transaction_id = $1', change.transaction.transactionId]
  const { rowCount } = await client.query(sql, [id])
  return rowCount !== 0
}

function alreadyWritten(cause: unknown): OperatingError {
  return new OperatingError(
    'already_written',
    'the database has these transactions already: this seed and start time have run before; choose another --seed',
    cause,
  )
}

function secondsSince(atMs: number): string {
  return ((Date.now() - atMs) / 1000).toFixed(1)
}
