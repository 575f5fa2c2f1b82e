import { OperatingError } from '@fintech-streams/service'

/** A record as the broker holds it. */
export interface CommittedRecord {
  partition: number
  offset: number
  timestampMs: number
  key: Buffer | null
  value: Buffer | null
  /** Left out where there are none. */
  headers?: ReadonlyMap<string, Buffer | null> | undefined
}

/** The end of a partition, there but not visible because of an open transaction. */
export interface Withheld {
  topic: string
  partition: number
  /** Records; where a reader cannot tell them from the ends of transactions, offsets. */
  records: number
}

/** Reads topics from their beginning to where they end now, committed records only, in partition order. */
export interface CommittedLog {
  /** The partitions read so far that end in an open transaction. */
  readonly withheld: readonly Withheld[]
  /** How many partitions a topic has. @throws OperatingError when it does not exist. */
  partitionCount(topic: string): Promise<number>
  /** Every visible record of a topic, one partition after the other. */
  topic(topic: string): AsyncGenerator<CommittedRecord>
  /**
   * Every visible record of a partition.
   * @throws OperatingError when the beginning of the log is gone, because then nothing can be recomputed from it.
   */
  partition(topic: string, partition: number): AsyncGenerator<CommittedRecord>
  close(): Promise<void>
}

/** How long to wait for the end of a transaction: a commit is acknowledged before its markers are written. */
export const OPEN_TRANSACTION_WAIT_MS = 5_000

/** A topic's records by a log that reads partitions. */
export async function* topicRecords(log: CommittedLog, topic: string): AsyncGenerator<CommittedRecord> {
  const partitions = await log.partitionCount(topic)
  for (let partition = 0; partition < partitions; partition += 1) yield* log.partition(topic, partition)
}

/** What to throw for a partition whose first records retention has taken. */
export function truncated(topic: string, partition: number, beginning: number | bigint): OperatingError {
  return new OperatingError(
    'log_truncated',
    `${topic}/${partition} begins at offset ${beginning}: its first records are gone, so nothing can be verified`,
  )
}
