import { type IgnoredChange, type MalformedReason } from '@fintech-streams/contracts'
import { decode } from './decode.ts'
import { type IdleStep, type OracleTransaction, type SourceRecord } from './source.ts'

/** How far the watermark stays behind the largest bounded event time: the event's, or its commit's where that is earlier. */
const OUT_OF_ORDER_MS = 5_000
/** How far behind its partition's largest bounded event time a record may lie, and for how long ids are remembered. */
const HORIZON_MS = 15 * 60_000

/** How long a partition is without records before wall time moves its watermark. */
const IDLE_AFTER_MS = 10_000

/** A counted transaction and the watermark of its partition when it came. */
export interface Counted {
  transaction: OracleTransaction
  watermarkMs: number
  /** The largest bounded event time of the partition, this one included. */
  eventTimeSoFarMs: number
  /** Only where a replay needs it. */
  record?: SourceRecord
}

export interface BeyondHorizon {
  transaction: OracleTransaction
  /** Behind the horizon. */
  latenessMs: number
}

export interface Malformed {
  record: SourceRecord
  reasons: ReadonlySet<MalformedReason>
}

/**
 * The outcome of each record of one partition, in offset order: ignored, malformed, beyond the horizon, duplicate or
 * counted, in this order of tests.
 */
export class PartitionIntake {
  readonly partition: number
  readonly counted: Counted[] = []
  readonly beyondHorizon: BeyondHorizon[] = []
  readonly malformed: Malformed[] = []
  readonly ignored: Record<IgnoredChange, number> = { update: 0, delete: 0, moved: 0, tombstone: 0 }
  /** Steps by wall time that go further than the wall time since the partition's last record. */
  readonly implausibleSteps: IdleStep[] = []
  duplicates = 0
  /** Steps by wall time that were taken before the last record, so that records may have been late because of them. */
  idleSteps = 0

  #largestEventTimeMs = -Infinity
  #idleWatermarkMs = -Infinity
  #lastRecordAtMs = -Infinity
  #steps: readonly IdleStep[]
  readonly #keepsRecords: boolean
  /** By id, the largest event time among its records within the horizon. */
  readonly #remembered = new Map<string, number>()

  constructor(partition: number, idleSteps: readonly IdleStep[] = [], { keepsRecords = false } = {}) {
    this.partition = partition
    this.#keepsRecords = keepsRecords
    this.#steps = [...idleSteps].sort((a, b) => a.offset - b.offset)
  }

  /** Takes the partition's next record. */
  add(record: SourceRecord): void {
    this.idleSteps += this.#applySteps(record.offset)
    this.#lastRecordAtMs = record.timestampMs
    const decoded = decode(record)
    if (decoded.kind === 'ignored') this.ignored[decoded.change] += 1
    else if (decoded.kind === 'malformed') this.malformed.push({ record, reasons: decoded.reasons })
    else this.#take(decoded.transaction, record)
  }

  #take(transaction: OracleTransaction, record: SourceRecord): void {
    const { transactionId, eventTimeMs } = transaction
    const horizonMs = this.#largestEventTimeMs - HORIZON_MS
    if (eventTimeMs < horizonMs) {
      this.beyondHorizon.push({ transaction, latenessMs: horizonMs - eventTimeMs })
      return
    }
    const rememberedMs = this.#remembered.get(transactionId) ?? -Infinity
    this.#remembered.set(transactionId, Math.max(rememberedMs, eventTimeMs))
    if (rememberedMs !== -Infinity && rememberedMs >= horizonMs) {
      this.duplicates += 1
      return
    }
    const { watermarkMs } = this
    this.#largestEventTimeMs = Math.max(this.#largestEventTimeMs, Math.min(eventTimeMs, transaction.changedAtMs))
    const counted = { transaction, watermarkMs, eventTimeSoFarMs: this.#largestEventTimeMs }
    this.counted.push(this.#keepsRecords ? { ...counted, record } : counted)
  }

  #applySteps(upToOffset: number): number {
    const due = this.#steps.filter((step) => step.offset <= upToOffset)
    for (const step of due) {
      if (!this.#isPlausible(step)) this.implausibleSteps.push(step)
      this.#idleWatermarkMs = Math.max(this.#idleWatermarkMs, step.watermarkMs)
    }
    if (due.length > 0) this.#steps = this.#steps.slice(due.length)
    return due.length
  }

  #isPlausible({ watermarkMs, takenAtMs }: IdleStep): boolean {
    if (takenAtMs === undefined) return true
    const quietMs = takenAtMs - this.#lastRecordAtMs
    return quietMs >= IDLE_AFTER_MS && watermarkMs <= this.#largestEventTimeMs + quietMs - OUT_OF_ORDER_MS
  }

  /** Every transaction that was understood, each once. */
  transactionIds(): Set<string> {
    const all = [...this.counted, ...this.beyondHorizon]
    return new Set(all.map(({ transaction }) => transaction.transactionId))
  }

  /** The watermark after the records taken so far; minus infinity before the first counted one. */
  get watermarkMs(): number {
    return Math.max(this.#largestEventTimeMs - OUT_OF_ORDER_MS, this.#idleWatermarkMs)
  }

  /** The watermark after the last record and every idle step. */
  finalWatermarkMs(): number {
    this.#applySteps(Infinity)
    return this.watermarkMs
  }
}
