import { type KafkaConnection } from '@fintech-streams/kafka'
import { type Audit, Auditor, type Check } from '@fintech-streams/audit'
import { type Logger } from '@fintech-streams/service'
import { formatMinor, MINUTE_MS } from '@fintech-streams/contracts'
import type pg from 'pg'
import { type Database } from '@fintech-streams/postgres'
import { type Conservation, type ConservationResponse } from './schema.ts'

/** An answer older than this starts another audit. */
const FRESH_FOR_MS = 20_000
/** How long the audit waits for records in flight before it ends as `behind`. */
const SETTLE_WITHIN_MS = 20_000
/** How far back to look, and how many transactions may be looked at: an audit keeps their ids in memory. */
const WINDOWS_MS = [120, 30, 10, 3].map((minutes) => minutes * MINUTE_MS)
const TRANSACTIONS_MAX = 200_000

export interface ConservationOptions {
  readonly postgres: pg.ClientConfig
  readonly kafka: KafkaConnection
  readonly database: Database
  readonly logger: Logger
}

/**
 * The conservation audit for whoever looks: it runs, one at a time, as long as somebody asks, and never otherwise. At a
 * high rate it looks less far back.
 */
export class ConservationView {
  readonly #options: ConservationOptions
  #running: Promise<void> | undefined
  #last: Conservation | undefined
  #endedMs = -Infinity
  #problem: string | undefined

  constructor(options: ConservationOptions) {
    this.#options = options
  }

  /** What is known; at once. */
  answer(): ConservationResponse {
    if (this.#running === undefined && performance.now() - this.#endedMs > FRESH_FOR_MS) {
      this.#running = this.#run().finally(() => {
        this.#running = undefined
        this.#endedMs = performance.now()
      })
    }
    return { last: this.#last ?? null, is_running: this.#running !== undefined, problem: this.#problem ?? null }
  }

  async #run(): Promise<void> {
    const { postgres, kafka, logger } = this.#options
    try {
      const windowMs = await this.#window()
      const auditor = new Auditor({ postgres, kafka, windowMs, settleWithinMs: SETTLE_WITHIN_MS })
      try {
        this.#last = conservationOf(await auditor.audit(), Date.now())
      } finally {
        await auditor.close()
      }
      this.#problem = undefined
    } catch (error) {
      this.#problem = error instanceof Error && error.message !== '' ? error.message : 'the audit failed'
      logger.warn({ err: error }, 'cannot audit now')
    }
  }

  /** The longest one with few enough transactions; the shortest when all have too many. */
  async #window(): Promise<number> {
    for (const windowMs of WINDOWS_MS) {
      const [row] = await this.#options.database.query<{ few: boolean }>({
        text: `select count(*) <= $2 as few
          from (select from transactions where created_at >= $1 limit $2 + 1) as recent`,
        values: [new Date(Date.now() - windowMs), TRANSACTIONS_MAX],
      })
      if (row?.few === true) return windowMs
    }
    return WINDOWS_MS.at(-1)!
  }
}

/** The API's response body for an audit. */
export function conservationOf(audit: Audit, endedAtMs: number): Conservation {
  const { state, behind, fromMs, cutMs, checks, tookMs } = audit
  return {
    state,
    behind: behind ?? null,
    from: new Date(fromMs).toISOString(),
    to: new Date(cutMs).toISOString(),
    ended_at: new Date(endedAtMs).toISOString(),
    took_seconds: tookMs / 1_000,
    checks: checks.map(checkOf),
  }
}

function checkOf({ name, sides, values, difference, minutesMs }: Check): Conservation['checks'][number] {
  const isMoney = name === 'minute_amounts'
  const shown = (value: bigint): string => (isMoney ? formatMinor(value) : String(value))
  return {
    name,
    left: { what: sides[0], value: shown(values[0]) },
    right: { what: sides[1], value: shown(values[1]) },
    difference: shown(difference),
    unit: isMoney ? 'US dollars' : 'transactions',
    different_minutes: minutesMs.map((ms) => new Date(ms).toISOString()),
  }
}
