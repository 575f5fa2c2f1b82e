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
  /** Hands over the committed changelog from its beginning. A key's later entries replace its earlier ones. A value is to be read at once. */
  readChangelog(onEntry: (key: string, value: Buffer | null) => void): Promise<void>
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
