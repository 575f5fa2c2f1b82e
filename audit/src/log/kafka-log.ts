import { explainedKafka, type KafkaConnection } from '@fintech-streams/kafka'
import { OperatingError } from '@fintech-streams/service'
import { Consumer, FetchIsolationLevels, ListOffsetTimestamps, UserError, type RecordsBatch } from '@platformatic/kafka'
import {
  type CommittedLog,
  type CommittedRecord,
  OPEN_TRANSACTION_WAIT_MS,
  topicRecords,
  truncated,
  type Withheld,
} from './committed-log.ts'
import { CommittedView, type LogBatch } from './transactions.ts'

const IS_TRANSACTIONAL = 1 << 4
const IS_CONTROL = 1 << 5
const IS_LOG_APPEND_TIME = 1 << 3
const FETCH_BYTES = 8 * 1024 * 1024
const FETCH_WAIT_MS = 500

/** The log's batches as they are, by the client that the processor uses, with its own decision on what is committed. */
export class KafkaLog implements CommittedLog {
  readonly withheld: Withheld[] = []
  readonly #consumer: Consumer
  readonly #connection: KafkaConnection
  readonly #openTransactionWaitMs: number

  /** @param openTransactionWaitMs how long to wait for the end of a transaction that is open at a partition's end. */
  constructor(connection: KafkaConnection, openTransactionWaitMs = OPEN_TRANSACTION_WAIT_MS) {
    this.#connection = connection
    this.#openTransactionWaitMs = openTransactionWaitMs
    this.#consumer = new Consumer({
      ...connection,
      groupId: 'fintech-audit',
      maxWaitTime: FETCH_WAIT_MS,
      retries: 5,
      retryDelay: 200,
      autocommit: false,
    })
  }

  async close(): Promise<void> {
    await this.#consumer.close(true)
  }

  async partitionCount(topic: string): Promise<number> {
    return (await this.#topic(topic)).partitionsCount
  }

  async #topic(topic: string) {
    try {
      const found = (await this.#consumer.metadata({ topics: [topic] })).topics.get(topic)
      if (found !== undefined) return found
    } catch (error) {
      // The client's answer for a topic that the broker does not know; connection errors are of other classes.
      if (!(error instanceof UserError)) throw explainedKafka(error, this.#connection)
    }
    throw new OperatingError('no_topic', `topic ${topic} does not exist: start the processor once, it creates it`)
  }

  topic(topic: string): AsyncGenerator<CommittedRecord> {
    return topicRecords(this, topic)
  }

  /** @param from the first offset that is asked for; without it the log must have its beginning. */
  async *partition(topic: string, partition: number, from?: number): AsyncGenerator<CommittedRecord> {
    this.#consumer.topics.track(topic)
    const beginning = await this.#offset(topic, partition, ListOffsetTimestamps.EARLIEST)
    const end = await this.#offset(topic, partition, ListOffsetTimestamps.LATEST)
    if (from === undefined && beginning > 0n) throw truncated(topic, partition, beginning)
    const view = new CommittedView<CommittedRecord>()
    let next = from === undefined || BigInt(from) < beginning ? beginning : BigInt(from)
    let deadlineMs = Infinity
    while (next < end || (view.isOpen && performance.now() < deadlineMs)) {
      for (const batch of await this.#fetch(topic, partition, next)) {
        const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        if (after <= next) continue
        next = after
        // Behind the end only the markers of what began before it matter.
        if (batch.firstOffset < end || markerOf(batch) !== 'none') yield* view.add(logBatch(partition, batch))
      }
      if (next >= end && deadlineMs === Infinity) deadlineMs = performance.now() + this.#openTransactionWaitMs
    }
    if (view.withheldRecords > 0) this.withheld.push({ topic, partition, records: view.withheldRecords })
  }

  /** The offset of a partition's first record that was written at or after a time; its end when there is none. */
  async offsetSince(topic: string, partition: number, timestampMs: number): Promise<number> {
    this.#consumer.topics.track(topic)
    const offset = await this.#offset(topic, partition, BigInt(timestampMs))
    return Number(offset >= 0n ? offset : await this.#offset(topic, partition, ListOffsetTimestamps.LATEST))
  }

  /** Where each partition of a topic ends. */
  async ends(topic: string): Promise<bigint[]> {
    this.#consumer.topics.track(topic)
    const partitions = Array.from({ length: await this.partitionCount(topic) }, (_, partition) => partition)
    return Promise.all(partitions.map((partition) => this.#offset(topic, partition, ListOffsetTimestamps.LATEST)))
  }

  async #offset(topic: string, partition: number, timestamp: bigint): Promise<bigint> {
    const offsets = await this.#consumer.listOffsets({
      topics: [topic],
      partitions: { [topic]: [partition] },
      timestamp,
      isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
    })
    const offset = offsets.get(topic)?.[partition]
    if (offset === undefined)
      throw new OperatingError('kafka_unreachable', `the broker gives no offset of ${topic}/${partition}`)
    return offset
  }

  async #fetch(topic: string, partition: number, fetchOffset: bigint): Promise<readonly RecordsBatch[]> {
    const { id, partitions } = await this.#topic(topic)
    const leader = partitions[partition]?.leader
    if (leader === undefined)
      throw new OperatingError('kafka_unreachable', `${topic}/${partition} has no leader now: try again`)
    const wanted = {
      partition,
      fetchOffset,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: FETCH_BYTES,
    }
    const response = await this.#consumer.fetch({
      node: leader,
      topics: [{ topicId: id, partitions: [wanted] }],
      isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      maxWaitTime: FETCH_WAIT_MS,
    })
    const found = response.responses.find((candidate) => candidate.topicId === id)
    return found?.partitions.find((candidate) => candidate.partitionIndex === partition)?.records ?? []
  }
}

function logBatch(partition: number, batch: RecordsBatch): LogBatch<CommittedRecord> {
  return {
    producerId: batch.producerId,
    isTransactional: (batch.attributes & IS_TRANSACTIONAL) !== 0,
    marker: markerOf(batch),
    records: batch.records.map((record) => ({
      partition,
      offset: Number(batch.firstOffset) + record.offsetDelta,
      timestampMs: Number(
        (batch.attributes & IS_LOG_APPEND_TIME) === 0
          ? batch.firstTimestamp + record.timestampDelta
          : batch.maxTimestamp,
      ),
      key: record.key,
      value: record.value,
      headers: new Map(record.headers.map(([name, value]) => [String(name), value])),
    })),
  }
}

/** A control record's key is its version and its type, two bytes each: 0 aborts, 1 commits. */
function markerOf(batch: RecordsBatch): LogBatch<unknown>['marker'] {
  if ((batch.attributes & IS_CONTROL) === 0) return 'none'
  const type = batch.records[0]?.key?.readInt16BE(2)
  if (type === 0) return 'abort'
  return type === 1 ? 'commit' : 'none'
}
