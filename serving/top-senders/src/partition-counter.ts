import { type SourceRecord } from '@fintech-streams/records'
import { CountedIds } from './counted-ids.ts'
import { type SkipReason, type Transfer, transferReader } from './transfer.ts'

/** Why a record is not counted; `duplicate` and `beyond_horizon` depend on what was counted before. */
export type Reason = SkipReason | 'duplicate' | 'beyond_horizon'

/** Takes the transfers that count. */
export interface TransferSink {
  count(transfer: Transfer, partition: number): void
}

/** What is known of a partition at the place up to which it is counted. */
export interface CounterState {
  readonly partition: number
  /** Everything that the log held by then is counted. */
  readonly asOfMs: number
  readonly latestEventMs: number | undefined
  /** Whether only rows of a first snapshot have been seen. */
  readonly inSnapshot: boolean
}

/**
 * One partition of the log: which transfers count. Within the horizon a transaction counts once; what is older than the
 * horizon behind the newest event of the partition is not counted, because nobody remembers whether it was. Only the rows
 * of a first snapshot, which come before any other and in no order of time, may have any age.
 */
export class PartitionCounter {
  readonly #horizonMs: number
  readonly #ids = new CountedIds()
  readonly #read = transferReader()
  readonly #count: (reason: Reason) => void
  #state: CounterState

  /** @param count called with the reason of every record that is not counted. */
  constructor(state: CounterState, horizonMs: number, count: (reason: Reason) => void) {
    this.#state = state
    this.#horizonMs = horizonMs
    this.#count = count
  }

  get state(): CounterState {
    return this.#state
  }

  get ids(): CountedIds {
    return this.#ids
  }

  /**
   * Counts records of the partition, in order, into the batch.
   * @param asOfMs everything that the log held by then is counted with them.
   * @param nowMs the wall clock: events that a wrong one has put beyond it make no others old.
   */
  process(records: readonly SourceRecord[], asOfMs: number, nowMs: number, batch: TransferSink): void {
    let { latestEventMs, inSnapshot } = this.#state
    for (const record of records) {
      const read = this.#read(record)
      const { eventTimeMs } = read
      if (eventTimeMs !== undefined) {
        inSnapshot &&= read.inSnapshot
        latestEventMs = Math.max(latestEventMs ?? eventTimeMs, eventTimeMs)
      }
      if (read.transfer === undefined) {
        if (read.skipped !== undefined) this.#count(read.skipped)
      } else if (!inSnapshot && read.transfer.eventTimeMs < this.#horizon(latestEventMs, nowMs)) {
        this.#count('beyond_horizon')
      } else if (this.#ids.add(read.transfer.transactionId, read.transfer.eventTimeMs)) {
        batch.count(read.transfer, this.#state.partition)
      } else {
        this.#count('duplicate')
      }
    }
    this.#state = { ...this.#state, asOfMs: Math.max(this.#state.asOfMs, asOfMs), latestEventMs, inSnapshot }
    this.#ids.forgetBefore(this.forgottenMs(nowMs))
  }

  /** Ids of events before this time are of no use any more. */
  forgottenMs(nowMs: number): number {
    return this.#state.inSnapshot ? -Infinity : this.#horizon(this.#state.latestEventMs, nowMs)
  }

  /** Event times before it are not counted. */
  #horizon(latestEventMs: number | undefined, nowMs: number): number {
    return latestEventMs === undefined ? -Infinity : Math.min(latestEventMs, nowMs) - this.#horizonMs
  }
}
