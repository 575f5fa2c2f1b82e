import { type SourceRecord } from '@fintech-streams/records'
import { type Batch, type Position } from './batch.ts'
import { CountedIds } from './counted-ids.ts'
import { type SkipReason, transferReader } from './transfer.ts'

/** Why a record is not counted; `duplicate` and `beyond_horizon` depend on what was counted before. */
export type Reason = SkipReason | 'duplicate' | 'beyond_horizon'

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
  #position: Position

  /** @param count is told of every record that is not counted. */
  constructor(position: Position, horizonMs: number, count: (reason: Reason) => void) {
    this.#position = position
    this.#horizonMs = horizonMs
    this.#count = count
  }

  get position(): Position {
    return this.#position
  }

  get ids(): CountedIds {
    return this.#ids
  }

  /** Counts records of the partition, in order, into the batch; `next` says how far they go. */
  process(records: readonly SourceRecord[], next: { nextOffset: number; asOfMs: number }, batch: Batch): void {
    let { latestEventMs, inSnapshot } = this.#position
    for (const record of records) {
      const read = this.#read(record)
      const { eventTimeMs } = read
      if (eventTimeMs !== undefined) {
        inSnapshot &&= read.inSnapshot
        latestEventMs = Math.max(latestEventMs ?? eventTimeMs, eventTimeMs)
      }
      if (read.transfer === undefined) {
        if (read.skipped !== undefined) this.#count(read.skipped)
      } else if (!inSnapshot && read.transfer.eventTimeMs < horizonOf(latestEventMs, this.#horizonMs)) {
        this.#count('beyond_horizon')
      } else if (this.#ids.add(read.transfer.transactionId, read.transfer.eventTimeMs)) {
        batch.add(read.transfer, this.#position.partition)
      } else {
        this.#count('duplicate')
      }
    }
    batch.records += records.length
    this.#position = { ...this.#position, ...next, latestEventMs, inSnapshot }
    batch.moveTo(this.#position)
    if (!inSnapshot) this.#ids.forgetBefore(horizonOf(latestEventMs, this.#horizonMs))
  }
}

/** Event times before it are not counted. */
export function horizonOf(latestEventMs: number | undefined, horizonMs: number): number {
  return latestEventMs === undefined ? -Infinity : latestEventMs - horizonMs
}
