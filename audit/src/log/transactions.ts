/** A batch of records as the broker's log holds it. */
export interface LogBatch<T> {
  producerId: bigint
  isTransactional: boolean
  /** A control batch is a transaction's end, and carries no data. */
  marker: 'none' | 'commit' | 'abort'
  records: readonly T[]
}

interface Entry<T> {
  /** Whose open transaction it belongs to; `null` once its fate is known. */
  openOf: bigint | null
  records: readonly T[]
}

/**
 * Decides which records of a log are visible to a reader of committed records, from the log alone: a transaction's
 * batches are withheld until its marker comes, and nothing behind an open transaction is given out before it. Client
 * libraries decide it from the list of aborted transactions that a fetch response brings, and the two at hand for Node
 * let some aborted records through, which a check for duplicates would put down to the processor.
 */
export class CommittedView<T> {
  #withheld: Entry<T>[] = []

  /** Takes the log's next batch and returns what has become visible, in log order. */
  add(batch: LogBatch<T>): readonly T[] {
    if (batch.marker === 'none') {
      this.#withheld.push({ openOf: batch.isTransactional ? batch.producerId : null, records: batch.records })
    } else {
      for (const entry of this.#withheld) {
        if (entry.openOf !== batch.producerId) continue
        entry.openOf = null
        if (batch.marker === 'abort') entry.records = []
      }
    }
    const open = this.#withheld.findIndex((entry) => entry.openOf !== null)
    return this.#withheld.splice(0, open === -1 ? this.#withheld.length : open).flatMap((entry) => entry.records)
  }

  /** Whether a transaction has begun whose end has not come. */
  get isOpen(): boolean {
    return this.#withheld.length > 0
  }

  /** Records read but not visible, because a transaction is still open before or around them. */
  get withheldRecords(): number {
    return this.#withheld.reduce((count, entry) => count + entry.records.length, 0)
  }
}
