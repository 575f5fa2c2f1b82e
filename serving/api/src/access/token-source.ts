import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'
import { type TokenEntry } from './tokens.ts'

/** Until they could be read for the first time, nobody is let in. */
const FIRST_EVERY_MS = 200

/** At a start the source may come up at the same time: up to this number of failures before the first success are no error. */
const FIRST_FAILURES_MAX = 10

/** Where tokens are kept. */
export interface TokenSource {
  /** The tokens that were ever made, those of the past as expired. Rejects when they cannot be read. */
  read(): Promise<readonly TokenEntry[]>
}

/**
 * The tokens as they were when their source could last be read: a source that is down for a while locks nobody out, and
 * a file that has been spoiled changes nothing.
 */
export class CurrentTokens {
  readonly #source: TokenSource
  readonly #logger: Logger
  #entries: ReadonlyMap<string, TokenEntry> | undefined
  /** In a row, and how many of them are an error. */
  #failures = 0
  #toldAfter = FIRST_FAILURES_MAX

  constructor(source: TokenSource, logger: Logger) {
    this.#source = source
    this.#logger = logger
  }

  /** By id; undefined as long as the source could never be read. */
  get entries(): ReadonlyMap<string, TokenEntry> | undefined {
    return this.#entries
  }

  async refresh(): Promise<void> {
    try {
      const entries = await this.#source.read()
      this.#entries = new Map(entries.map((entry) => [entry.id, entry]))
      if (this.#failures >= this.#toldAfter) this.#logger.info('tokens can be read again')
      this.#toldAfter = 1
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      if (this.#failures !== this.#toldAfter) return
      this.#logger.error({ err: error }, 'tokens cannot be read: those known so far stay valid')
    }
  }

  get state(): { ready: boolean; detail: string } {
    if (this.#entries === undefined) return { ready: false, detail: 'not read yet' }
    const known = this.#entries.size === 0 ? 'none were made' : 'read'
    return { ready: true, detail: this.#failures > 0 ? `${known}, their source is down` : known }
  }

  /** Reads the source again and again until the signal. */
  async follow(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.refresh()
      const waitMs = this.#entries === undefined ? Math.min(FIRST_EVERY_MS, everyMs) : everyMs
      await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
