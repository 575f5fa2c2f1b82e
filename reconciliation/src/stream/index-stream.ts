import { type Logger } from '@fintech-streams/service'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type ResultLog, Sessions } from '@fintech-streams/kafka'
import { TopicReading } from '../lake/topic-reading.ts'
import { VERDICTS_TOPIC } from '../lake/writer.ts'
import { IndexBatch } from './batch.ts'
import { type IndexStreamMetrics } from './metrics.ts'
import { type IndexStore } from './store.ts'

const FETCH_WAIT_MS = 200
/** Rows wait at most so long for others to share their transaction. */
const COMMIT_INTERVAL_MS = 500
const BATCH_RECORDS_MAX = 20_000

export interface IndexStreamOptions {
  readonly openLog: () => ResultLog
  readonly openStore: () => Promise<IndexStore>
  readonly metrics: IndexStreamMetrics
  readonly logger: Logger
}

/**
 * Keeps fraud_index and ops_index fresh within a second, exactly once: rows and consumed offsets are one database
 * transaction, and reading starts at the offsets in the database.
 */
export class IndexStream {
  readonly #options: IndexStreamOptions
  readonly #sessions: Sessions

  constructor(options: IndexStreamOptions) {
    this.#options = options
    this.#sessions = new Sessions({ logger: options.logger, onFailure: () => options.metrics.failures.inc() })
  }

  get isReady(): boolean {
    return this.#sessions.isWorking
  }

  /** Runs until the signal; then what was read is written first. With `untilCaughtUp` it ends when all is read. */
  run(signal: AbortSignal, untilCaughtUp = false): Promise<void> {
    return this.#sessions.run((working) => this.#session(signal, untilCaughtUp, working), signal)
  }

  async #session(signal: AbortSignal, untilCaughtUp: boolean, working: () => void): Promise<void> {
    const { openLog, openStore, logger, metrics } = this.#options
    const store = await openStore()
    const log = openLog()
    try {
      const isOurs = await store.acquire(signal, () =>
        logger.warn('another process writes the indexes, waiting for it'),
      )
      if (!isOurs) return
      const reading = new TopicReading({
        log,
        topics: [TRANSACTIONS_TOPIC, VERDICTS_TOPIC],
        stored: await store.positions(),
        logger,
        onLag: (topic, records) => metrics.lagRecords.set({ topic }, records),
        onReset: () => metrics.failures.inc(),
      })
      working()
      await this.#pump(reading, store, signal, untilCaughtUp)
    } finally {
      await Promise.allSettled([log.close(), store.close()])
    }
  }

  async #pump(reading: TopicReading, store: IndexStore, signal: AbortSignal, untilCaughtUp: boolean): Promise<void> {
    let batch = new IndexBatch()
    let dueMs = 0
    let isDone = false
    while (!signal.aborted && !isDone) {
      store.assertAlive()
      const parts = await reading.next(FETCH_WAIT_MS)
      for (const { topic, partition, records, nextOffset, from } of parts) {
        for (const record of records) {
          if (topic === TRANSACTIONS_TOPIC) batch.addTransaction(record)
          else batch.addVerdict(partition, record)
        }
        batch.moveTo({ ...from, offset: nextOffset })
      }
      isDone = untilCaughtUp && parts.length === 0 && reading.isCaughtUp
      if (batch.positions.length === 0) continue
      if (batch.records < BATCH_RECORDS_MAX && performance.now() < dueMs && !isDone) continue
      await this.#write(store, batch)
      batch = new IndexBatch()
      dueMs = performance.now() + COMMIT_INTERVAL_MS
    }
    if (batch.positions.length > 0) await this.#write(store, batch)
  }

  async #write(store: IndexStore, batch: IndexBatch): Promise<void> {
    const { metrics } = this.#options
    await store.write(batch)
    metrics.records.inc(batch.records)
    metrics.lastCommit.setToCurrentTime()
  }
}
