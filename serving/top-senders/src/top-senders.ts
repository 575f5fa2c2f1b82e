import { LRUCache } from 'lru-cache'
import { Problem, unavailable } from '@fintech-streams/service'
import { type CounterProgress } from './progress.ts'
import { type SenderQueries } from './queries.ts'
import { type Sender, type SendersRequest } from './senders.ts'

/** Answers that are kept, in rows: about 150 bytes each. */
const KEPT_ROWS_MAX = 200_000

export interface TopSenders {
  readonly senders: readonly Sender[]
  /** Everything that the log held by then is counted; some of what came later may be, too. */
  readonly asOfMs: number
}

/** The largest senders of accounts: from the tables, and while the database is down the last answer that they gave. */
export class TopSendersView {
  readonly #queries: SenderQueries
  readonly #progress: CounterProgress
  readonly #last = new LRUCache<string, TopSenders>({
    maxSize: KEPT_ROWS_MAX,
    sizeCalculation: ({ senders }) => 1 + senders.length,
  })

  constructor(queries: SenderQueries, progress: CounterProgress) {
    this.#queries = queries
    this.#progress = progress
  }

  /** @throws Problem `unavailable` when nothing is counted yet, or the database is down and nobody has asked this before. */
  async read(request: SendersRequest): Promise<TopSenders> {
    const key = JSON.stringify(request)
    // Known before the rows are read, so it holds for them whatever is counted in between.
    const { asOfMs } = this.#progress
    try {
      if (asOfMs === undefined) throw unavailable('it is not known how far transfers are counted')
      const answer = { senders: await this.#queries.read(request), asOfMs }
      this.#last.set(key, answer)
      return answer
    } catch (error) {
      const isDown = error instanceof Problem && error.code === 'unavailable'
      const last = isDown ? this.#last.get(key) : undefined
      if (last === undefined) throw error
      return last
    }
  }
}
