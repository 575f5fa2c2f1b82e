import { Consumer } from '@platformatic/kafka'
import { committedRecords, type CommittedBatch, type FetchResponsePartition } from './committed-records.ts'
import { type KafkaConnection } from './kafka-connection.ts'

const READ_COMMITTED = 1
const LATEST = -1n
const EARLIEST = -2n
/** One response holds at most this much, and of one partition at most this much. */
const FETCH_BYTES_MAX = 8 << 20
const PARTITION_BYTES_MAX = 4 << 20

export interface PartitionPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface FetchedPartition extends CommittedBatch {
  readonly topic: string
  readonly partition: number
  /** Up to where committed records can be read. */
  readonly endOffset: number
}

/** Reads committed records of chosen partitions from chosen offsets, outside any consumer group. */
export class PartitionReader {
  readonly #consumer: Consumer

  constructor(connection: KafkaConnection, groupId: string, topics: readonly string[]) {
    this.#consumer = new Consumer({ ...connection, groupId, retries: 3, retryDelay: 200 })
    this.#consumer.topics.trackAll(...topics)
  }

  /**
   * One round of fetches, one request a broker.
   * @param waitMs how long a broker may wait for the first byte.
   */
  async fetch(positions: readonly PartitionPosition[], waitMs: number): Promise<FetchedPartition[]> {
    const metadata = await this.#consumer.metadata({ topics: [...new Set(positions.map(({ topic }) => topic))] })
    const byLeader = new Map<number, PartitionPosition[]>()
    for (const position of positions) {
      const leader = metadata.topics.get(position.topic)?.partitions[position.partition]?.leader
      if (leader === undefined) throw new Error(`no leader for ${position.topic}/${position.partition}`)
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), position])
    }
    const topicName = new Map([...metadata.topics].map(([name, { id }]) => [id, name]))
    const rounds = [...byLeader].map(async ([node, of]) => {
      const response = await this.#consumer.fetch({
        node,
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: FETCH_BYTES_MAX,
        isolationLevel: READ_COMMITTED,
        topics: requestTopics(of, (topic) => metadata.topics.get(topic)!.id),
      })
      return response.responses.flatMap(({ topicId, partitions }) =>
        partitions.map((partition) => fetched(topicName.get(topicId)!, partition, of)),
      )
    })
    return (await Promise.all(rounds)).flat()
  }

  /** Reads `[from, to)` of a partition. */
  async readRange(
    topic: string,
    partition: number,
    from: number,
    to: number,
    onBatch: (batch: CommittedBatch) => void,
  ): Promise<void> {
    for (let offset = from; offset < to;) {
      const [batch] = await this.fetch([{ topic, partition, offset }], 500)
      if (batch === undefined) continue
      onBatch({ ...batch, records: batch.records.filter((record) => record.offset < to) })
      offset = batch.nextOffset
    }
  }

  /** The offset after the last committed record. */
  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, LATEST)
  }

  /** The offset of the first record still there. */
  async firstOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, EARLIEST)
  }

  async #offset(topic: string, partition: number, timestamp: bigint): Promise<number> {
    const offsets = await this.#consumer.listOffsets({
      topics: [topic],
      partitions: { [topic]: [partition] },
      timestamp,
      isolationLevel: READ_COMMITTED,
    })
    return Number(offsets.get(topic)?.[partition] ?? 0n)
  }

  /** The group's committed offset, `undefined` when it has none. */
  async committedOffset(topic: string, partition: number): Promise<number | undefined> {
    const committed = await this.#consumer.listCommittedOffsets({ topics: [{ topic, partitions: [partition] }] })
    const offset = committed.get(topic)?.[partition]
    return offset === undefined || offset < 0n ? undefined : Number(offset)
  }

  async close(): Promise<void> {
    await this.#consumer.close(true)
  }
}

function requestTopics(positions: readonly PartitionPosition[], idOf: (topic: string) => string) {
  const byTopic = new Map<string, PartitionPosition[]>()
  for (const position of positions) {
    byTopic.set(position.topic, [...(byTopic.get(position.topic) ?? []), position])
  }
  return [...byTopic].map(([topic, of]) => ({
    topicId: idOf(topic),
    partitions: of.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: PARTITION_BYTES_MAX,
    })),
  }))
}

function fetched(
  topic: string,
  response: FetchResponsePartition,
  positions: readonly PartitionPosition[],
): FetchedPartition {
  const partition = response.partitionIndex
  const asked = positions.find((position) => position.topic === topic && position.partition === partition)!
  return {
    ...committedRecords(response, asked.offset),
    topic,
    partition,
    endOffset: Number(response.lastStableOffset),
  }
}
