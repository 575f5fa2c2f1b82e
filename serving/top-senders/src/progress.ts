import { setTimeout as sleep } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import { type Database } from '@fintech-streams/postgres'

const LOOK_EVERY_MS = 250
/** The view is up to date when its counts are not older than this: what the seed of the requirement allows. */
const FRESH_MS = 30_000

const PROGRESS = `select min(as_of) as as_of,
  (select first_day::text from serving.top_senders_retention) as first_day from serving.top_senders_positions`

/** How far the counter is, looked at again and again. */
export class CounterProgress {
  readonly #database: Database
  #asOfMs: number | undefined
  #firstDay: string | undefined
  #wasFresh = false

  constructor(database: Database, registry: Registry) {
    this.#database = database
    const age: Gauge = new Gauge({
      name: 'serving_top_senders_age_seconds',
      help: 'How long ago everything was counted that the log held',
      registers: [registry],
      collect: (): void => age.set(this.#asOfMs === undefined ? NaN : (Date.now() - this.#asOfMs) / 1_000),
    })
  }

  /** Everything that the log held by then is counted; undefined while that is not known, or nothing was counted yet. */
  get asOfMs(): number | undefined {
    return this.#asOfMs
  }

  /** The first day whose counts are kept one by one. */
  get firstDay(): string | undefined {
    return this.#firstDay
  }

  /**
   * Ready once the counts have been up to date. Later their age is told by each answer and a metric; with the counter
   * down, an instance that answers with old counts is of more use than none.
   */
  get state(): { ready: boolean; detail: string } {
    if (this.#asOfMs === undefined) return { ready: false, detail: 'not known how far transfers are counted' }
    const ageMs = Date.now() - this.#asOfMs
    this.#wasFresh ||= ageMs <= FRESH_MS
    return { ready: this.#wasFresh, detail: `${(ageMs / 1_000).toFixed(1)} s old` }
  }

  /** Looks until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look()
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /**
   * One look. While the database is down nothing is known: a crash of it may take back the last counts, which are then
   * counted again.
   */
  async look(): Promise<void> {
    try {
      const [row] = await this.#database.query<ProgressRow>({ name: 'progress', text: PROGRESS })
      this.#asOfMs = row?.as_of?.getTime()
      this.#firstDay = row?.first_day ?? undefined
    } catch {
      this.#asOfMs = undefined
    }
  }
}

interface ProgressRow {
  as_of: Date | null
  first_day: string | null
}
