import { type ByteWriter, type SourceRecord } from '@fintech-streams/records'

/** What the engine has to know of an event. */
export interface TimedEvent {
  /** Windows and rules go by it. */
  readonly eventTimeMs: number
  /** When it was committed where it comes from: the largest event time that may move the watermark. */
  readonly changedAtMs: number
}

/** A stream of events, as the operators of stage 1 read it. Each of its keys is in one partition of the source. */
export interface EventStream<E extends TimedEvent, S> {
  /** The topic, as dead letters name it. */
  readonly sourceTopic: string
  /**
   * @returns the event, or why the record is none, which becomes a metric's label.
   * @throws for a record that cannot be decoded. It becomes a dead letter, whatever is thrown; an error's `reason` is used.
   */
  readonly decode: (record: SourceRecord) => E | string
  /** Names an event in results and late records. */
  readonly idField: string
  /** A lower-case UUID. It counts once within the duplicate horizon. */
  readonly idOf: (event: E) => string
  /** What the source is partitioned by. */
  readonly keyOf: (event: E) => string
  readonly features: Features<E, S>
}

/** What is kept of each key beside its windows: learned from all its events, in partition order. */
export interface Features<E, S> {
  readonly create: () => S
  readonly learn: (features: S, event: E) => void
  /** Writes them as JSON. */
  readonly write: (features: S, into: ByteWriter) => void
  readonly restore: (encoded: unknown) => S
  /** Without an event for this long, in event time, a key starts afresh. */
  readonly retentionMs: number
}
