/** A record's headers by name. Of several with one name it has the last. */
export type Headers = ReadonlyMap<string, Buffer | null>

/** One record of the source partition. */
export interface SourceRecord {
  readonly offset: number
  /** The record's own time. */
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Left out where there are none. */
  readonly headers?: Headers | undefined
}
