import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type Logger } from '@fintech-streams/service'
import { throwIfRefused } from '@fintech-streams/postgres'
import { OffsetGone, type FetchedRecords, type ResultLog, Sessions } from '@fintech-streams/kafka'
import { Batch, type Position } from './batch.ts'
import { type CounterMetrics } from './metrics.ts'
import { PartitionCounter } from './partition-counter.ts'
import { type CounterStore } from './store.ts'

const FETCH_WAIT_MS = 100
/** Without transfers a commit only says that everything is counted; so often it does. */
const SIGN_OF_LIFE_MS = 500
/** How often to look for partitions that were not there yet. */
const TOPIC_EVERY_MS = 2_000
const TIDY_EVERY_MS = HOUR_MS / 4

export interface CounterSettings {
  /** Transfers wait at most this long for others to share their transaction. */
  readonly commitIntervalMs: number
  /** One transaction has at most so many records, and what one fetch brings beyond. */
  readonly batchRecordsMax: number
  readonly horizonMs: number
}

export interface CounterOptions {
  readonly settings: CounterSettings
  readonly openLog: () => ResultLog
  readonly openStore: () => Promise<CounterStore>
  readonly metrics: CounterMetrics
  readonly logger: Logger
}

/**
 * Adds completed transfers to the counts of their receivers, exactly once: what a batch adds, the ids that it must not add
 * again, and how far it has read are one database transaction, and reading starts at what the database says. Whatever
 * fails, everything in memory is thrown away and a new session starts from there.
 */
export class TopSendersCounter {
  readonly #options: CounterOptions
  readonly #sessions: Sessions

  constructor(options: CounterOptions) {
    this.#options = options
    this.#sessions = new Sessions({
      logger: options.logger,
      onFailure: (error) => {
        throwIfRefused(error, 'counter')
        options.metrics.failures.inc()
      },
    })
  }

  /** Whether it owns the database and reads the log. */
  get isReady(): boolean {
    return this.#sessions.isWorking
  }

  /**
   * Runs until the signal; then what was read is written first.
   * @throws OperatingError when the database refuses the counter for a reason that no retry can change.
   */
  run(signal: AbortSignal): Promise<void> {
    return this.#sessions.run((working) => this.#session(signal, working), signal)
  }

  async #session(signal: AbortSignal, working: () => void): Promise<void> {
    const { openLog, openStore, logger } = this.#options
    const store = await openStore()
    const log = openLog()
    try {
      if (!(await store.acquire(signal, () => logger.warn('another counter holds the database, waiting for it'))))
        return
      const session = new Session(this.#options, log, store)
      await session.restore()
      working()
      await session.pump(signal)
    } finally {
      await Promise.allSettled([log.close(), store.close()])
    }
  }
}

/** What is known as long as Kafka, Postgres and the lock last. */
class Session {
  readonly #options: CounterOptions
  readonly #log: ResultLog
  readonly #store: CounterStore
  #stored = new Map<number, Position>()
  /** In the order of the next fetch. */
  #partitions: PartitionCounter[] = []
  #batch = new Batch()
  #lookedMs = -Infinity
  #tidiedMs = -Infinity
  #committedMs = -Infinity

  constructor(options: CounterOptions, log: ResultLog, store: CounterStore) {
    this.#options = options
    this.#log = log
    this.#store = store
  }

  /** Takes up where the database says, with the ids that were counted within the horizon. */
  async restore(): Promise<void> {
    await this.#store.dropDays(Date.now())
    this.#stored = await this.#store.positions()
    await this.#lookForPartitions()
    const byNumber = new Map(this.#partitions.map((one) => [one.position.partition, one]))
    await this.#store.readCounted((partition, hourMs, packed) => {
      byNumber.get(partition)?.ids.addPacked(hourMs, packed)
    })
    this.#options.logger.info({ partitions: this.#partitions.length, remembered: this.#remembered() }, 'counting')
  }

  async pump(signal: AbortSignal): Promise<void> {
    const { settings } = this.#options
    while (!signal.aborted) {
      this.#store.assertAlive()
      await this.#read()
      const waitedMs = performance.now() - this.#committedMs
      const isFull = this.#batch.records >= settings.batchRecordsMax
      const isDue = waitedMs >= (this.#batch.transfers > 0 ? settings.commitIntervalMs : SIGN_OF_LIFE_MS)
      if (isFull || isDue) await this.#commit()
      if (performance.now() - this.#tidiedMs >= TIDY_EVERY_MS) await this.#tidy()
    }
    await this.#commit()
  }

  async #lookForPartitions(): Promise<void> {
    this.#lookedMs = performance.now()
    const topic = (await this.#log.topics([TRANSACTIONS_TOPIC])).get(TRANSACTIONS_TOPIC)
    if (topic === undefined) return
    const known = new Map(this.#partitions.map(({ position }) => [position.partition, position]))
    const { metrics, settings } = this.#options
    for (let partition = 0; partition < topic.partitions; partition += 1) {
      const { topicId = topic.id } = known.get(partition) ?? {}
      if (topicId !== topic.id) throw new Error('the topic was made anew')
      if (known.has(partition)) continue
      const start = this.#startOf(partition, topic.id)
      this.#partitions.push(new PartitionCounter(start, settings.horizonMs, (reason) => metrics.skip(reason)))
    }
  }

  #startOf(partition: number, topicId: string): Position {
    const stored = this.#stored.get(partition)
    if (stored?.topicId === topicId) return stored
    if (stored !== undefined) {
      // Its ids still hold: what an earlier topic of the name has brought is not counted again.
      this.#options.logger.warn({ partition }, 'the topic was made anew: reading it from its start')
      return { ...stored, topicId, nextOffset: 0 }
    }
    return { partition, topicId, nextOffset: 0, asOfMs: 0, latestEventMs: undefined, inSnapshot: true }
  }

  async #read(): Promise<void> {
    if (performance.now() - this.#lookedMs >= TOPIC_EVERY_MS) await this.#lookForPartitions()
    if (this.#partitions.length === 0) {
      await sleep(FETCH_WAIT_MS)
      return
    }
    const askedMs = Date.now()
    const positions = this.#partitions.map(({ position: { partition, nextOffset } }) => ({
      topic: TRANSACTIONS_TOPIC,
      partition,
      offset: nextOffset,
    }))
    try {
      this.#take(await this.#log.fetch(positions, this.#waitMs()), askedMs)
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error
      await this.#moveInside()
    }
  }

  /** No longer than the transfers at hand may wait. */
  #waitMs(): number {
    if (this.#batch.transfers === 0) return FETCH_WAIT_MS
    const leftMs = this.#committedMs + this.#options.settings.commitIntervalMs - performance.now()
    return Math.max(1, Math.min(FETCH_WAIT_MS, leftMs))
  }

  #take(fetched: readonly FetchedRecords[], askedMs: number): void {
    const { lagRecords } = this.#options.metrics
    const served = new Set<PartitionCounter>()
    for (const { partition, records, nextOffset, endOffset } of fetched) {
      const counter = this.#partitions.find(({ position }) => position.partition === partition)
      if (counter === undefined) continue
      const { asOfMs } = counter.position
      // At its end the partition held nothing more when it was asked; before, no more than what its last record tells.
      const reachedMs = nextOffset >= endOffset ? askedMs : (records.at(-1)?.timestampMs ?? 0)
      lagRecords.set({ partition: String(partition) }, Math.max(0, endOffset - nextOffset))
      counter.process(records, { nextOffset, asOfMs: Math.max(asOfMs, Math.min(askedMs, reachedMs)) }, this.#batch)
      if (records.length > 0) served.add(counter)
    }
    // A fetch is filled in the order of its partitions: those that had their share go to the end.
    this.#partitions = [...this.#partitions.filter((one) => !served.has(one)), ...served]
  }

  async #commit(): Promise<void> {
    const { metrics } = this.#options
    const batch = this.#batch
    if (batch.positions.length === 0) return
    const stop = metrics.batchSeconds.startTimer()
    await this.#store.write(batch, Date.now())
    stop()
    this.#batch = new Batch()
    this.#committedMs = performance.now()
    metrics.lastCommit.setToCurrentTime()
    metrics.rememberedIds.set(this.#remembered())
    metrics.rememberedBytes.set(this.#partitions.reduce((sum, { ids }) => sum + ids.bytes, 0))
    metrics.records.inc(batch.records)
    metrics.transfers.inc(batch.transfers)
    const nowMs = Date.now()
    for (const changedAtMs of batch.changedAtMs) metrics.freshnessSeconds.observe((nowMs - changedAtMs) / 1_000)
  }

  async #tidy(): Promise<void> {
    this.#tidiedMs = performance.now()
    const { settings } = this.#options
    for (const { position } of this.#partitions) {
      const { partition, latestEventMs, inSnapshot } = position
      if (inSnapshot || latestEventMs === undefined) continue
      await this.#store.forget(partition, latestEventMs - settings.horizonMs)
    }
    await this.#store.dropDays(Date.now())
  }

  #remembered(): number {
    return this.#partitions.reduce((sum, { ids }) => sum + ids.size, 0)
  }

  /** A position outside of its partition goes to the first record that is there: what is lost cannot be counted. */
  async #moveInside(): Promise<void> {
    const { logger, metrics } = this.#options
    for (const counter of this.#partitions) {
      const { partition, nextOffset } = counter.position
      const { first, end } = await this.#log.bounds(TRANSACTIONS_TOPIC, partition)
      if (nextOffset >= first && nextOffset <= end) continue
      metrics.resets.inc()
      logger.error(
        { partition, nextOffset, first, end },
        'the offset is gone: counting on from the first that is there',
      )
      counter.process([], { nextOffset: first, asOfMs: counter.position.asOfMs }, this.#batch)
    }
  }
}
