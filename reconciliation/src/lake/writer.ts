import { randomUUID } from 'node:crypto'
import { type Logger, OperatingError } from '@fintech-streams/service'
import { analyticsTopic, formatInstant, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type ResultLog, Sessions } from '@fintech-streams/kafka'
import { type DuckDb } from '../duckdb.ts'
import { LakeBuffer } from './buffer.ts'
import { addCounts } from './counts.ts'
import {
  dateOf,
  type Decoded,
  decodeVerdictRecord,
  type QuarantineRules,
  type TransactionJudge,
  transactionJudge,
} from './decode.ts'
import { type Lake } from './lake.ts'
import { type LakeFile, type LakePosition, type Snapshot } from './manifest.ts'
import { type LakeMetrics } from './metrics.ts'
import { type FetchedPart, TopicReading } from './topic-reading.ts'

export const VERDICTS_TOPIC = analyticsTopic('fraud_detection')
const TOPICS = [TRANSACTIONS_TOPIC, VERDICTS_TOPIC]
const FETCH_WAIT_MS = 200
const BUFFER_BYTES_MAX = 128 << 20

export interface LakeWriterOptions {
  readonly lake: Lake
  readonly db: DuckDb
  readonly openLog: () => ResultLog
  readonly rules: QuarantineRules
  /** A version is committed at least so often, while there is something to commit. */
  readonly flushIntervalMs: number
  readonly flushRowsMax: number
  readonly metrics: LakeMetrics
  readonly logger: Logger
}

/** Another writer has claimed the lake and reads this one's records again: two would take it from each other for ever. */
class Superseded extends OperatingError {
  constructor() {
    super('superseded', 'another lake writer was started on this lake and has taken over: run one only')
  }
}

/**
 * Brings transactions and verdicts from Kafka to the lake, exactly once: files and offsets are published in one version
 * of the manifest, and reading starts at the offsets of the latest version. A writer claims the lake at its start; one
 * that was claimed over cannot publish any more.
 */
export class LakeWriter {
  readonly #options: LakeWriterOptions
  readonly #judge: TransactionJudge
  readonly #sessions: Sessions

  constructor(options: LakeWriterOptions) {
    this.#options = options
    this.#judge = transactionJudge(options.rules)
    this.#sessions = new Sessions({
      logger: options.logger,
      onFailure: (error) => {
        if (error instanceof Superseded) throw error
        options.metrics.failures.inc()
      },
    })
  }

  get isReady(): boolean {
    return this.#sessions.isWorking
  }

  /**
   * Runs until the signal; then what was read is published first. With `untilCaughtUp` it ends when all is read.
   * @throws OperatingError when another writer has taken the lake over.
   */
  run(signal: AbortSignal, untilCaughtUp = false): Promise<void> {
    return this.#sessions.run((working) => this.#session(signal, untilCaughtUp, working), signal)
  }

  async #session(signal: AbortSignal, untilCaughtUp: boolean, working: () => void): Promise<void> {
    const { lake, openLog, logger, metrics } = this.#options
    const claim = randomUUID()
    const claimed = await lake.manifest.commit(() => ({ writer: claim }))
    const orphans = await lake.removeOrphans('stream')
    if (orphans > 0) logger.info({ orphans }, 'removed files that no version names')
    const log = openLog()
    try {
      const reading = new TopicReading({
        log,
        topics: TOPICS,
        stored: claimed.positions,
        logger,
        onLag: (topic, records) => metrics.lagRecords.set({ topic }, records),
        onReset: (topic) => metrics.resets.inc({ topic }),
      })
      working()
      logger.info({ version: claimed.version }, 'reading')
      await this.#pump(reading, claim, signal, untilCaughtUp)
    } finally {
      await log.close()
    }
  }

  async #pump(reading: TopicReading, claim: string, signal: AbortSignal, untilCaughtUp: boolean): Promise<void> {
    const { flushIntervalMs, flushRowsMax } = this.#options
    let buffer = new LakeBuffer()
    let dueMs = performance.now() + flushIntervalMs
    let isDone = false
    while (!signal.aborted && !isDone) {
      const parts = await reading.next(FETCH_WAIT_MS)
      for (const part of parts) reading.moved(this.#take(buffer, part))
      isDone = untilCaughtUp && parts.length === 0 && reading.isCaughtUp
      const isFull = buffer.rows >= flushRowsMax || buffer.bytes >= BUFFER_BYTES_MAX
      if (!isFull && performance.now() < dueMs) continue
      if (!buffer.isEmpty) await this.#publish(buffer, claim)
      buffer = new LakeBuffer()
      dueMs = performance.now() + flushIntervalMs
    }
    if (!buffer.isEmpty) await this.#publish(buffer, claim)
  }

  /** @returns the partition's position after the records. */
  #take(buffer: LakeBuffer, { topic, partition, records, nextOffset, from }: FetchedPart): LakePosition {
    const isTransaction = topic === TRANSACTIONS_TOPIC
    let maxEventTimeMs = from.maxEventTimeMs
    for (const record of records) {
      const { offset, value, timestampMs } = record
      const at = { partition, offset }
      const decoded = isTransaction ? this.#judge(record, at) : decodeVerdictRecord(value, at)
      if (decoded.kind === 'good') maxEventTimeMs = Math.max(maxEventTimeMs ?? -Infinity, decoded.eventTimeMs)
      buffer.add(isTransaction ? 'transactions' : 'fraud_verdicts', decoded, () => ({
        date: dateOf(timestampMs),
        row: {
          topic,
          kafka_partition: partition,
          kafka_offset: offset,
          record_time: formatInstant(timestampMs),
          ...reasonOf(decoded),
          record: value?.toString() ?? null,
          event_date: dateOf(timestampMs),
        },
      }))
    }
    const position = { ...from, offset: nextOffset, maxEventTimeMs }
    buffer.moveTo(position, records.length)
    return position
  }

  async #publish(buffer: LakeBuffer, claim: string): Promise<Snapshot> {
    const { lake, db, metrics, logger } = this.#options
    const files: LakeFile[] = []
    for (const { table, date, rows } of buffer.files) {
      files.push(await lake.writeRows(db, 'stream', table, date, rows))
    }
    const snapshot = await lake.manifest.commit((latest) => {
      if (latest.writer !== claim) throw new Superseded()
      const counts = { ...latest.counts }
      addCounts(counts, buffer.counts)
      return {
        files: [...latest.files, ...files],
        positions: mergedPositions(latest.positions, buffer.positions),
        counts,
      }
    })
    for (const { table } of files) metrics.files.inc({ table })
    metrics.count(buffer.counts)
    metrics.lastCommit.setToCurrentTime()
    metrics.version.set(snapshot.version)
    logger.info({ version: snapshot.version, files: files.length, rows: buffer.rows }, 'committed')
    return snapshot
  }
}

function reasonOf(decoded: Decoded): { reason: string; detail: string } {
  if (decoded.kind !== 'quarantined') throw new Error('only a quarantined record has a reason')
  return { reason: decoded.reason, detail: decoded.detail }
}

function mergedPositions(latest: readonly LakePosition[], moved: readonly LakePosition[]): LakePosition[] {
  const isMoved = (position: LakePosition): boolean =>
    moved.some(({ topic, partition }) => topic === position.topic && partition === position.partition)
  return [...latest.filter((position) => !isMoved(position)), ...moved]
}
