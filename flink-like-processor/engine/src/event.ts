import { type ByteReader, type ByteWriter, type SourceRecord } from '@fintech-streams/records'

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
  /** Of one operator: they are its state. */
  readonly features: Features<E, S>
}

/**
 * What is kept of each key beside its windows: learned from all its events, in partition order. The engine names a key by
 * a small integer, so that features can be held in arrays.
 */
export interface Features<E, S> {
  /** Without an event for this long, in event time, a key starts afresh. */
  readonly retentionMs: number
  /** What is known of a key, nothing at first. It may be the same object for every key, so it is read before the next call. */
  of(key: number): S
  learn(key: number, event: E): void
  /** Whether anything was learned of a key. */
  has(key: number): boolean
  forget(key: number): void
  write(key: number, into: ByteWriter): void
  /** Takes in what `write` wrote, in place of what is known. */
  read(key: number, from: ByteReader): void
  /** Takes in what state of versions 2 and 3 has, as JSON. */
  readJson(key: number, encoded: unknown): void
}
