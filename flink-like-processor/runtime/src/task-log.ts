import { type SourceState } from './owner.ts'
import { type SourceRecord, type OutputBuffer, type RecordBuffer } from '@fintech-streams/records'

/** All that one commit writes: in one transaction, or not at all. The buffers are used again after it. */
export interface TaskTransaction {
  readonly outputs: OutputBuffer
  /** In order: of two entries with one key the later counts. */
  readonly changelog: RecordBuffer
  /** The offset of the next record to process. */
  readonly offset: number
}

/**
 * The log as one task sees it: its source partition, its changelog partition and its transactions. Kafka implements it
 * for the program, memory for the simulation.
 */
export interface TaskLog {
  /**
   * Makes this task the owner. A former owner's open transaction is aborted and its later commits fail.
   * @returns the committed source offset, `undefined` when there is none.
   */
  acquire(): Promise<number | undefined>
  /** Hands over the committed changelog from its beginning. A key's later entries replace its earlier ones. */
  readChangelog(onEntry: (key: string, value: string | null) => void): Promise<void>
  /** Hands over the committed records of the source with offsets in `[from, to)`, as far as they still exist. */
  readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void>
  /** The source as it is now. */
  source(): Promise<SourceState>
  /**
   * Writes everything atomically.
   * @throws when it is not certain that the transaction was committed; the task must then be recovered, since only
   * the log knows.
   */
  commit(transaction: TaskTransaction): Promise<void>
  close(): Promise<void>
}
