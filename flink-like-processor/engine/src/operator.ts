import { type SourceRecord, type OutputBuffer, type Entry, type RecordBuffer } from '@fintech-streams/records'

/** What a task runs: a pure function of its partition's records in order, with state that can be saved and restored. */

/** Where recovery goes on from a checkpoint. */
export interface RestoredPosition {
  /** The offset of the first record that the restored state does not hold. */
  readonly offset: number
}

export interface Operator {
  /** Takes the next record of the partition. Never throws for what a record holds. */
  process(record: SourceRecord): void
  /** What is to be written in the next transaction; whoever wrote it clears it. */
  readonly outputs: OutputBuffer
  /** What the counters gained since the last call. */
  takeCounts(): OperatorCounts
  /**
   * Writes the state entries that changed since the last call, and a marker. In one transaction with the source offset
   * `offset`, they are a consistent state at that offset.
   */
  checkpoint(offset: number, changelog: RecordBuffer): void
  /** The wall clock, while the partition is read to its end. @returns changelog entries for the next commit. */
  idle(clock: IdleClock): Entry[]
  /** Takes in the next entry of the changelog, in its order; `null` says that the key was removed. */
  restore(key: string, value: Buffer | null): void
  /**
   * The changelog was taken in up to the end of a transaction.
   * @returns where to go on, or `undefined` when there is no checkpoint.
   */
  restored(): RestoredPosition | undefined
  /** Recovery has replayed up to the committed offset: steps that took effect there are applied. */
  replayed(offset: number): void
  /** For metrics: event time of the watermark, -Infinity before the first record. */
  readonly watermarkMs: number
  /** For metrics: entries in state. */
  readonly stateEntries: number
}

/** Passing time of an operator's quiet partition. Both instants are of one clock that nobody sets. */
export interface IdleClock {
  /** The offset of the next record. */
  readonly offset: number
  readonly nowMs: number
  /** Since when the partition is known to have no further record. */
  readonly quietSinceMs: number
}

/** Counters by label; each counts since it was last taken. */
export class OperatorCounts {
  consumed = 0
  /** Records that every job saw. */
  counted = 0
  /** Records that are no new event, such as duplicates: reason to count. */
  readonly skipped = new Map<string, number>()
  /** Dead letters by reason. */
  readonly deadLettered = new Map<string, number>()
  /** Late records by job, `*` for those beyond the horizon. */
  readonly late = new Map<string, number>()
  /** By job. */
  readonly jobs = new Map<string, JobCounts>()
  /** When each counted event was committed where it comes from. */
  readonly changedAtMs: number[] = []

  /** A job's counters; ask once for many additions. */
  job(id: string): JobCounts {
    let counts = this.jobs.get(id)
    if (counts === undefined) {
      counts = { in: 0, out: 0, uncounted: 0 }
      this.jobs.set(id, counts)
    }
    return counts
  }
}

export interface JobCounts {
  /** Events, in stage 2 partial aggregates, that the job counted. */
  in: number
  /** Results that it wrote. */
  out: number
  /** Events without the key that it groups by. */
  uncounted: number
}

/** Adds to a counter. */
export function count(counter: Map<string, number>, label: string, by = 1): void {
  counter.set(label, (counter.get(label) ?? 0) + by)
}
