import { type CommittedOffset } from '@fintech-streams/kafka'
import { type SourceState } from './owner.ts'
import { type SourceRecord, type OutputBuffer, type RecordBuffer } from '@fintech-streams/records'

/** All that one commit writes: in one transaction, or not at all. The buffers are used again after it. */
export interface TaskTransaction {
  readonly outputs: OutputBuffer
  /** In order: of two entries with one key the later counts. */
  readonly changelog: RecordBuffer
  /** How far the source is processed. */
  readonly position: CommittedOffset
}

/** How far a changelog is taken in, and of which log: another topic of its name has other entries at the same offsets. */
export interface ChangelogPosition {
  readonly topicId: string
  /** Where the log began when it was read from its beginning. */
  readonly first: number
  /** The offset of the next entry. */
  readonly offset: number
  /** The leader's epoch of the entry before; `null` when there is none. */
  readonly leaderEpoch: number | null
}

/** Committed entries as they were read. */
export interface ChangelogPart {
  readonly entries: readonly SourceRecord[]
  /** The position after them. */
  readonly next: ChangelogPosition
  /** The offset after the last committed entry of the log. */
  readonly endOffset: number
  /** Told when the entries are not read any more. */
  readonly release?: () => void
}

/** A changelog partition for who follows it without owning its task. */
export interface ChangelogFeed {
  begin(): Promise<ChangelogPosition>
  /**
   * The next committed entries; waits a little for one.
   * @throws when the log is not the position's any more, or ends before it.
   */
  next(from: ChangelogPosition): Promise<ChangelogPart>
  close(): Promise<void>
}

/**
 * The log as one task sees it: its source partition, its changelog partition and its transactions. Kafka implements it
 * for the program, memory for the simulation.
 */
export interface TaskLog {
  /**
   * Makes this task the owner. A former owner's open transaction is aborted and its later commits fail.
   * @returns how far the source was processed, `undefined` when nobody has committed that.
   */
  acquire(): Promise<CommittedOffset | undefined>
  /** Whether the changelog still has, unchanged, all that was read of it up to a position. */
  holdsChangelog(position: ChangelogPosition): Promise<boolean>
  /**
   * Hands over the committed changelog to its end. A key's later entries replace its earlier ones. A value is to be read at
   * once.
   * @param from the offset to begin at; without it the log's beginning.
   */
  readChangelog(onEntry: (key: string, value: Buffer | null) => void, from?: number): Promise<void>
  /** Hands over the committed records of the source with offsets in `[from, to)`, as far as they still exist. */
  readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void>
  /** The source as it is now. */
  source(): Promise<SourceState>
  /** Where the source's records of a leader's epoch end, `undefined` where nobody knows. */
  epochEnd(leaderEpoch: number): Promise<number | undefined>
  /**
   * Writes everything atomically.
   * @throws when it is not certain that the transaction was committed; the task must then be recovered, since only
   * the log knows.
   */
  commit(transaction: TaskTransaction): Promise<void>
  close(): Promise<void>
}
