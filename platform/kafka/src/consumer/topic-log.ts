import { type SourceRecord, type TopicPosition } from '@fintech-streams/records'

/** A topic as it is now: deleted and created again, it has another id. */
export interface TopicInfo {
  readonly id: string
  readonly partitions: number
}

export interface FetchedRecords {
  readonly topic: string
  readonly partition: number
  readonly records: readonly SourceRecord[]
  /** The offset to read next. */
  readonly nextOffset: number
  /** Up to where committed records can be read. */
  readonly endOffset: number
  /** The leader's epoch of the last batch; -1 when there was none. */
  readonly leaderEpoch: number
}

export type TopicPartition = Pick<TopicPosition, 'topic' | 'partition'>

/** The offsets of a partition's first record and of the one after its last committed one. */
export interface Bounds {
  readonly first: number
  readonly end: number
}

/** The topics that a consumer reads, committed records only. */
export interface TopicLog {
  /** Those of the topics that exist. */
  topics(names: readonly string[]): Promise<Map<string, TopicInfo>>
  /**
   * Records of any of the partitions, from their offsets on.
   * @param waitMs how long to wait for as many as are worth a request.
   * @throws when a topic does not have its position's id: an offset of one topic is never a place in another.
   */
  fetch(positions: readonly TopicPosition[], waitMs: number): Promise<FetchedRecords[]>
  /** In the order of the partitions. */
  bounds(partitions: readonly TopicPartition[]): Promise<Bounds[]>
  /**
   * Where the log of each position's epoch ends, in the order of the positions: a position beyond it is in a part of
   * the log that was lost. Undefined where nobody knows.
   */
  epochEnds(positions: readonly TopicPosition[]): Promise<(number | undefined)[]>
  close(): Promise<void>
}
