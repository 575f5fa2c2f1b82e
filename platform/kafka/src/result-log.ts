import { type SourceRecord } from '@fintech-streams/records'

/** A topic as it is now: deleted and made anew, it has another id. */
export interface TopicInfo {
  readonly id: string
  readonly partitions: number
}

export interface FetchedRecords {
  readonly topic: string
  readonly partition: number
  readonly records: SourceRecord[]
  /** The offset to read next. */
  readonly nextOffset: number
  /** Up to where committed records can be read. */
  readonly endOffset: number
}

/** The topics that the sink reads, committed records only. */
export interface ResultLog {
  /** Those of the topics that exist. */
  topics(names: readonly string[]): Promise<Map<string, TopicInfo>>
  /**
   * Records of any of the partitions, from their offsets on.
   * @param waitMs how long to wait for as many as are worth a request.
   * @throws OffsetGone when one of the offsets is not in its partition any more, or not yet.
   */
  fetch(
    positions: readonly { topic: string; partition: number; offset: number }[],
    waitMs: number,
  ): Promise<FetchedRecords[]>
  /** The offsets of a partition's first record and of the one after its last. */
  bounds(topic: string, partition: number): Promise<{ first: number; end: number }>
  close(): Promise<void>
}

/** An offset that its partition does not hold: retention has passed it, or the partition is not the one it was of. */
export class OffsetGone extends Error {
  constructor(cause: unknown) {
    super('an offset is outside of its partition', { cause })
    this.name = 'OffsetGone'
  }
}
