import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'
import { Batch, type Position, type RefusedRecord } from './batch.ts'
import { type SinkMetrics } from './metrics.ts'
import { type FetchedRecords, OffsetGone, type ResultLog, type TopicInfo, Sessions } from '@fintech-streams/kafka'
import { throwIfRefused } from '@fintech-streams/postgres'
import { type ResultStore } from './store.ts'
import { type SinkTable } from './tables.ts'

const FETCH_WAIT_MS = 100
/** How often to look for topics that were not there yet. */
const TOPICS_EVERY_MS = 2_000
const BATCH_BYTES_MAX = 16 << 20
/** How often to see whether there is anything to delete or to roll up. */
const MAINTAIN_EVERY_MS = 10_000

export interface SinkSettings {
  /** Records wait at most this long for others to share their transaction. */
  readonly commitIntervalMs: number
  /** One transaction holds at most this many, and what one fetch brings beyond. */
  readonly batchRecordsMax: number
  /** Results whose event time is longer before the newest one's are deleted, day by day. */
  readonly retentionMs: number
}

export interface ResultSinkOptions {
  readonly tables: readonly SinkTable[]
  readonly settings: SinkSettings
  readonly openLog: () => ResultLog
  readonly openStore: () => Promise<ResultStore>
  /** Resolves when the dead-letter topic has them. May get a record again that it had before. */
  readonly sendDeadLetters: (refused: readonly RefusedRecord[]) => Promise<void>
  readonly metrics: SinkMetrics
  readonly logger: Logger
}

/**
 * Brings results from their topics to their tables, exactly once: rows and consumed offsets are one database
 * transaction, and reading starts at the offsets in the database. Whatever fails, the session with Kafka and Postgres is
 * closed and a new one starts from there.
 */
export class ResultSink {
  readonly #options: ResultSinkOptions
  readonly #sessions: Sessions

  constructor(options: ResultSinkOptions) {
    this.#options = options
    this.#sessions = new Sessions({
      logger: options.logger,
      onFailure: (error) => {
        throwIfRefused(error, 'sink')
        options.metrics.failures.inc()
      },
    })
  }

  /** Whether it owns the database and reads what topics there are. */
  get isReady(): boolean {
    return this.#sessions.isWorking
  }

  /**
   * Runs until the signal; then what was read is written first.
   * @throws OperatingError when the database refuses the sink for a reason that no retry can change.
   */
  run(signal: AbortSignal): Promise<void> {
    return this.#sessions.run((working) => this.#session(signal, working), signal)
  }

  async #session(signal: AbortSignal, working: () => void): Promise<void> {
    const { openLog, openStore, tables, logger } = this.#options
    const store = await openStore()
    const log = openLog()
    try {
      if (!(await store.acquire(signal, () => logger.warn('another sink holds the database, waiting for it')))) return
      await store.prepare(tables)
      await this.#pump(log, store, signal, working)
    } finally {
      await Promise.allSettled([log.close(), store.close()])
    }
  }

  async #pump(log: ResultLog, store: ResultStore, signal: AbortSignal, working: () => void): Promise<void> {
    const { settings, logger } = this.#options
    const reading = new Reading(this.#options, log, await store.positions())
    await reading.lookForTopics()
    working()
    logger.info({ partitions: reading.partitions }, 'reading')
    let batch = new Batch()
    let dueMs = 0
    let maintainMs = performance.now() + MAINTAIN_EVERY_MS
    while (!signal.aborted) {
      store.assertAlive()
      // With results waiting it takes turns with them, one step each; it goes on at once only while there is more to do.
      if (batch.records === 0 && performance.now() >= maintainMs) {
        const more = await store.maintain(settings.retentionMs)
        maintainMs = performance.now() + (more ? 0 : MAINTAIN_EVERY_MS)
      }
      const leftMs = dueMs - performance.now()
      await reading.readInto(batch, leftMs > 0 ? Math.min(leftMs, FETCH_WAIT_MS) : FETCH_WAIT_MS)
      const full = batch.records >= settings.batchRecordsMax || batch.bytes >= BATCH_BYTES_MAX
      if (batch.records === 0 || (!full && performance.now() < dueMs)) continue
      await this.#write(store, batch)
      batch = new Batch()
      dueMs = performance.now() + settings.commitIntervalMs
    }
    if (batch.records > 0) await this.#write(store, batch)
  }

  async #write(store: ResultStore, batch: Batch): Promise<void> {
    const { metrics, sendDeadLetters, logger } = this.#options
    const stop = metrics.batchSeconds.startTimer()
    const refused = [...batch.refused]
    const refusedByTable = new Map<string, number>()
    await store.write(batch, async (byPostgres) => {
      refused.push(...byPostgres)
      for (const { topic } of byPostgres) refusedByTable.set(topic, (refusedByTable.get(topic) ?? 0) + 1)
      if (refused.length > 0) await sendDeadLetters(refused)
    })
    stop()
    metrics.lastCommit.setToCurrentTime()
    for (const [table, rows] of batch.rows()) {
      metrics.rows.inc({ table: table.name }, rows.length - (refusedByTable.get(table.topic) ?? 0))
    }
    for (const [topic, records] of batch.recordsByTopic) metrics.records.inc({ topic }, records)
    for (const { topic, partition, record, reason, detail } of refused) {
      metrics.deadLettered.inc({ topic, reason })
      logger.warn({ topic, partition, offset: record.offset, reason, detail }, 'dead letter')
    }
  }
}

/** The partitions that are read, and how far. */
class Reading {
  readonly #options: ResultSinkOptions
  readonly #log: ResultLog
  readonly #tables: ReadonlyMap<string, SinkTable>
  readonly #stored: readonly Position[]
  /** In the order of the next fetch. */
  #positions: Position[] = []
  readonly #lag = new Map<string, number>()
  #lookedMs = -Infinity

  constructor(options: ResultSinkOptions, log: ResultLog, stored: readonly Position[]) {
    this.#options = options
    this.#log = log
    this.#tables = new Map(options.tables.map((table) => [table.topic, table]))
    this.#stored = stored
  }

  get partitions(): number {
    return this.#positions.length
  }

  /** Takes in topics and partitions that have come into being. */
  async lookForTopics(): Promise<void> {
    const found = await this.#log.topics([...this.#tables.keys()])
    const known = new Set(this.#positions.map(keyOf))
    for (const [topic, info] of found) {
      for (let partition = 0; partition < info.partitions; partition += 1) {
        if (!known.has(keyOf({ topic, partition }))) this.#positions.push(this.#startOf(topic, partition, info))
      }
    }
    this.#lookedMs = performance.now()
  }

  #startOf(topic: string, partition: number, { id }: TopicInfo): Position {
    const stored = this.#stored.find((position) => position.topic === topic && position.partition === partition)
    if (stored?.topicId === id) return stored
    if (stored !== undefined) this.#options.logger.warn({ topic }, 'the topic was made anew: reading it from its start')
    return { topic, partition, topicId: id, offset: 0 }
  }

  /** Reads on, for at most `waitMs` when there is nothing to read. */
  async readInto(batch: Batch, waitMs: number): Promise<void> {
    if (performance.now() - this.#lookedMs >= TOPICS_EVERY_MS) await this.lookForTopics()
    if (this.#positions.length === 0) {
      await sleep(waitMs)
      return
    }
    let fetched: FetchedRecords[]
    try {
      fetched = await this.#log.fetch(this.#positions, waitMs)
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error
      await this.#moveInside()
      return
    }
    this.#advance(batch, fetched)
  }

  #advance(batch: Batch, fetched: readonly FetchedRecords[]): void {
    const moved = new Map<string, Position>()
    for (const { topic, partition, records, nextOffset, endOffset } of fetched) {
      const key = keyOf({ topic, partition })
      const position = this.#positions.find((candidate) => keyOf(candidate) === key)
      const table = this.#tables.get(topic)
      if (position === undefined || table === undefined) continue
      this.#lag.set(key, Math.max(0, endOffset - nextOffset))
      if (nextOffset === position.offset) continue
      const next = { ...position, offset: nextOffset }
      moved.set(key, next)
      batch.add(table, records, next)
    }
    // A fetch is filled in the order of its partitions: those that had their share go to the end.
    this.#positions = [...this.#positions.filter((position) => !moved.has(keyOf(position))), ...moved.values()]
    this.#reportLag()
  }

  #reportLag(): void {
    const byTopic = new Map<string, number>()
    for (const position of this.#positions) {
      byTopic.set(position.topic, (byTopic.get(position.topic) ?? 0) + (this.#lag.get(keyOf(position)) ?? 0))
    }
    for (const [topic, records] of byTopic) this.#options.metrics.lagRecords.set({ topic }, records)
  }

  /** Offsets outside of their partition go to its beginning: to write a row again is harmless, to miss one is not. */
  async #moveInside(): Promise<void> {
    const { logger, metrics } = this.#options
    this.#positions = await Promise.all(
      this.#positions.map(async (position) => {
        const { first, end } = await this.#log.bounds(position.topic, position.partition)
        if (position.offset >= first && position.offset <= end) return position
        metrics.resets.inc({ topic: position.topic })
        logger.error({ ...position, first, end }, 'the offset is gone: reading on from the first one that is there')
        return { ...position, offset: first }
      }),
    )
  }
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
