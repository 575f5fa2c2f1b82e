import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'
import { AS_OF_KEY, PARTITIONS_FIELD, scoreKey } from './redis-keys.ts'
import { type RedisAddress, type RedisConnection, redisConnection } from './redis-connection.ts'
import { WINDOW_MS } from './rolling-sums.ts'
import { type RollingScore, type ScoreSource, ScoresUnavailable } from './score-source.ts'

const AS_OF_EVERY_MS = 100

/** Scores that feeds publish in Redis: the same answer from every instance of the API, none of which keeps anything. */
export class RedisScores implements ScoreSource {
  readonly #client: RedisConnection
  readonly #stopping = new AbortController()
  readonly #watching: Promise<void>
  #asOfMs: number | undefined
  #detail = 'not asked yet'

  constructor(address: RedisAddress, logger: Logger) {
    this.#client = redisConnection(address, logger)
    this.#client.connect().catch(() => undefined)
    this.#watching = this.#watch()
  }

  get state(): { ready: boolean; detail: string } {
    const asOfMs = this.#currentAsOfMs()
    if (asOfMs === undefined) return { ready: false, detail: this.#detail }
    return { ready: true, detail: `counted to ${Date.now() - asOfMs} ms ago` }
  }

  async read(customerId: string): Promise<RollingScore> {
    // Known before the score is read, so the score is at least as new.
    const asOfMs = this.#currentAsOfMs()
    if (asOfMs === undefined) throw new ScoresUnavailable(`scores are not known: ${this.#detail}`)
    let value: string | null
    try {
      value = await this.#client.get(scoreKey(customerId))
    } catch (error) {
      throw new ScoresUnavailable('scores are not known: Redis does not answer', error)
    }
    return { ...parseScore(value), asOfMs }
  }

  /** Undefined, and why, where no score can be told. */
  #currentAsOfMs(): number | undefined {
    if (!this.#client.isReady) {
      this.#detail = 'Redis does not answer'
      return undefined
    }
    if (this.#asOfMs === undefined || Date.now() - this.#asOfMs <= WINDOW_MS) return this.#asOfMs
    // What is there says nothing of the window any more.
    this.#detail = 'nobody has published scores for a minute'
    return undefined
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        if (this.#client.isReady) this.#take(await this.#client.hGetAll(AS_OF_KEY))
      } catch {
        // The connection says so in the log; what was known ages until it is too old.
      }
      await sleep(AS_OF_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  #take(fields: Record<string, string>): void {
    const partitions = Number(fields[PARTITIONS_FIELD] ?? 0)
    const times = Array.from({ length: partitions }, (_, partition) => Number(fields[partition] ?? NaN))
    const missing = times.flatMap((time, partition) => (Number.isNaN(time) ? [partition] : []))
    if (partitions > 0 && missing.length === 0) {
      this.#asOfMs = Math.min(...times)
    } else {
      this.#asOfMs = undefined
      this.#detail = `nobody has published ${partitions === 0 ? 'scores' : `partitions ${missing.join(', ')}`} yet`
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#watching
    this.#client.destroy()
  }
}

export function formatScore({ count, sumMinor }: Pick<RollingScore, 'count' | 'sumMinor'>): string {
  return `${count}:${sumMinor}`
}

function parseScore(value: string | null): Pick<RollingScore, 'count' | 'sumMinor'> {
  if (value === null) return { count: 0, sumMinor: 0 }
  const [count = '', sum = ''] = value.split(':')
  const sumMinor = Number(sum)
  return { count: Number(count), sumMinor: Number.isSafeInteger(sumMinor) ? sumMinor : BigInt(sum) }
}
