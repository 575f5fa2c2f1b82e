import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'

const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 5_000

/**
 * Sessions with Kafka and with what is written to, one after the other: when one fails, whatever was in memory is gone, and
 * the next begins at what the store holds.
 */
export class Sessions {
  readonly #logger: Logger
  readonly #onFailure: (error: unknown) => void
  #isWorking = false

  /** @param options.onFailure is told of each failure; what it throws ends the sessions. */
  constructor(options: { logger: Logger; onFailure: (error: unknown) => void }) {
    this.#logger = options.logger
    this.#onFailure = options.onFailure
  }

  /** Whether there is a session that does its work. */
  get isWorking(): boolean {
    return this.#isWorking
  }

  /**
   * Runs sessions until one ends by itself, or the signal comes. Pauses grow as long as none gets to work.
   * @param session calls `working` when it does.
   */
  async run(session: (working: () => void) => Promise<void>, signal: AbortSignal): Promise<void> {
    let retryMs = RETRY_MIN_MS
    while (!signal.aborted) {
      try {
        await session(() => (this.#isWorking = true))
        return
      } catch (error) {
        this.#onFailure(error)
        retryMs = this.#isWorking ? RETRY_MIN_MS : Math.min(2 * retryMs, RETRY_MAX_MS)
        this.#logger.warn({ err: error, retryMs }, 'starting over')
      } finally {
        this.#isWorking = false
      }
      await sleep(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
