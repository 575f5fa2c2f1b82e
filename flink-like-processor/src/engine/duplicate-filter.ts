import { MINUTE_MS, type Transaction } from '@fintech-streams/contracts'
import { IdSet } from './id-set.ts'

/**
 * Within the horizon a transaction id counts once. The ids are not part of a checkpoint: the filter knows from which
 * offset on the source must be read again to have them back, and the marker keeps that offset.
 */
export class DuplicateFilter {
  readonly #ids = new IdSet()
  /** The first offset of each event-time minute within the horizon. */
  readonly #firstOffsets = new Map<number, number>()
  #latestMinute = Number.NEGATIVE_INFINITY

  /**
   * Remembers a transaction's id; one seen again is remembered until the later of its event times leaves the horizon.
   * @param horizonMs earlier event times are forgotten.
   * @returns whether the id was seen within the horizon before.
   */
  isDuplicate(tx: Transaction, offset: number, horizonMs: number): boolean {
    const minute = Math.floor(tx.eventTimeMs / MINUTE_MS)
    if (!this.#firstOffsets.has(minute)) {
      this.#firstOffsets.set(minute, offset)
      if (minute > this.#latestMinute) {
        this.#latestMinute = minute
        this.#forgetMinutes(horizonMs)
      }
    }
    return this.#ids.add(tx.transactionId, tx.eventTimeMs, horizonMs)
  }

  /** The offset from which every id within the horizon can be read again, given the next record's offset. */
  relearnFrom(offset: number, horizonMs: number): number {
    this.#forgetMinutes(horizonMs)
    return Math.min(offset, ...this.#firstOffsets.values())
  }

  #forgetMinutes(horizonMs: number): void {
    const horizonMinute = Math.floor(horizonMs / MINUTE_MS)
    for (const minute of this.#firstOffsets.keys()) {
      if (minute < horizonMinute) this.#firstOffsets.delete(minute)
    }
  }
}
