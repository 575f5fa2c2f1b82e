/** One record of the source partition. */
export interface SourceRecord {
  readonly offset: number
  /** The record's own time. */
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}
