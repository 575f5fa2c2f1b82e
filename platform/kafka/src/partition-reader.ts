import { type Connection, ConnectionPool, Consumer } from '@platformatic/kafka'
import { partitionName } from '@fintech-streams/records'
import { must } from '@fintech-streams/service'
import { type CommittedBatch } from './committed-records.ts'
import { type Bounds, type TopicInfo, type TopicPartition } from './consumer/topic-log.ts'
import { type EpochOf, fetchEpochEnds } from './epoch-request.ts'
import { fetchCommitted, type FetchedPartition } from './fetch-request.ts'
import { type KafkaConnection } from './connection.ts'

const READ_COMMITTED = 1
const LATEST = -1n
const EARLIEST = -2n
const RANGE_WAIT_MS = 500

/** Where `topicId` is given, the topic of this name must be this one. */
type OfTopic = TopicPartition & { readonly topicId?: string }

export interface PartitionPosition extends OfTopic {
  readonly offset: number
}

export type ReadPartition = FetchedPartition

/** Reads committed records of chosen partitions from chosen offsets, outside any consumer group. */
export class PartitionReader {
  readonly #consumer: Consumer
  /** For fetches alone: a broker answers a connection's requests in turn, and a fetch waits for records. */
  readonly #connections: ConnectionPool

  constructor(connection: KafkaConnection, groupId: string, topics: readonly string[]) {
    this.#consumer = new Consumer({ ...connection, groupId, retries: 3, retryDelay: 200 })
    this.#connections = new ConnectionPool(connection.clientId, connection)
    this.#consumer.topics.trackAll(...topics)
  }

  /**
   * One round of fetches, one request a broker.
   * @param waitMs how long a broker may wait for records.
   * @param bytesMin `fetch.min.bytes`: with this many a broker responds before `waitMs` is over; more, fewer requests.
   */
  async fetch(positions: readonly PartitionPosition[], waitMs: number, bytesMin = 1): Promise<ReadPartition[]> {
    return this.#ask(positions, (connection, of) => fetchCommitted(connection, of, waitMs, bytesMin))
  }

  /**
   * Asks the leaders of the positions' partitions, one request a broker.
   * @throws when a topic is not the one that its position is of.
   */
  async #ask<P extends OfTopic, T>(
    positions: readonly P[],
    request: (connection: Connection, of: (P & { topicId: string })[]) => Promise<T[]>,
  ): Promise<T[]> {
    const metadata = await this.#consumer.metadata({ topics: [...new Set(positions.map(({ topic }) => topic))] })
    try {
      const located = positions.map((position) => {
        const found = metadata.topics.get(position.topic)
        const leader = found?.partitions[position.partition]?.leader
        if (found === undefined || leader === undefined) throw new Error(`no leader for ${partitionName(position)}`)
        const { topicId = found.id } = position
        if (topicId !== found.id) throw new Error(`${position.topic} was deleted and created again`)
        return { ...position, topicId, leader }
      })
      const rounds = [...Map.groupBy(located, ({ leader }) => leader)].map(async ([leader, of]) => {
        const broker = must(metadata.brokers.get(leader), `the address of broker ${leader}`)
        return request(await this.#connections.get(broker), of)
      })
      return (await Promise.all(rounds)).flat()
    } catch (error) {
      // Leaders may have moved, or a topic was created again.
      this.#consumer.clearMetadata()
      throw error
    }
  }

  /** Reads `[from, to)` of a partition. A batch's records can be read until `onBatch` returns. */
  async readRange(
    topic: string,
    partition: number,
    from: number,
    to: number,
    onBatch: (batch: CommittedBatch) => void,
  ): Promise<void> {
    for (let offset = from; offset < to;) {
      const [batch] = await this.fetch([{ topic, partition, offset }], RANGE_WAIT_MS)
      if (batch === undefined) continue
      onBatch({ ...batch, records: batch.records.filter((record) => record.offset < to) })
      batch.release()
      offset = batch.nextOffset
    }
  }

  /** A topic as the cluster has it now: its id, which a new topic of the name has not, and its number of partitions. */
  async topic(name: string): Promise<TopicInfo> {
    const { topics } = await this.#consumer.metadata({ topics: [name], forceUpdate: true })
    const found = topics.get(name)
    if (found === undefined) throw new Error(`there is no topic ${name}`)
    return { id: found.id, partitions: found.partitionsCount }
  }

  /** The offset after the last committed record. */
  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, LATEST)
  }

  /** The offset of the first record still there. */
  async firstOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, EARLIEST)
  }

  /** The offset of the first record with at least this timestamp; `undefined` when there is none. */
  async offsetSince(topic: string, partition: number, timestampMs: number): Promise<number | undefined> {
    const offset = await this.#offset(topic, partition, BigInt(timestampMs))
    return offset < 0 ? undefined : offset
  }

  /** The first and the end offsets of partitions, in their order. */
  async bounds(partitions: readonly TopicPartition[]): Promise<Bounds[]> {
    const firsts = await this.#offsets(partitions, EARLIEST)
    const ends = await this.#offsets(partitions, LATEST)
    return partitions.map((_, at) => ({ first: must(firsts[at]), end: must(ends[at]) }))
  }

  /** Where the log of each position's epoch ends, in their order; undefined where the broker does not know. */
  async epochEnds(positions: readonly (EpochOf & OfTopic)[]): Promise<(number | undefined)[]> {
    const ends = await this.#ask(positions, fetchEpochEnds)
    const byName = new Map(ends.map((end) => [partitionName(end), end.endOffset]))
    return positions.map((position) => byName.get(partitionName(position)))
  }

  async #offset(topic: string, partition: number, timestamp: bigint): Promise<number> {
    const [offset = 0] = await this.#offsets([{ topic, partition }], timestamp)
    return offset
  }

  async #offsets(partitions: readonly TopicPartition[], timestamp: bigint): Promise<number[]> {
    if (partitions.length === 0) return []
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
    const offsets = await this.#consumer.listOffsets({
      topics: [...byTopic.keys()],
      partitions: Object.fromEntries([...byTopic].map(([topic, of]) => [topic, of.map(({ partition }) => partition)])),
      timestamp,
      isolationLevel: READ_COMMITTED,
    })
    return partitions.map(({ topic, partition }) => Number(offsets.get(topic)?.[partition] ?? 0n))
  }

  /** The group's committed offset, `undefined` when it has none. */
  async committedOffset(topic: string, partition: number): Promise<number | undefined> {
    const committed = await this.#consumer.listCommittedOffsets({ topics: [{ topic, partitions: [partition] }] })
    const offset = committed.get(topic)?.[partition]
    return offset === undefined || offset < 0n ? undefined : Number(offset)
  }

  async close(): Promise<void> {
    await this.#connections.close()
    await this.#consumer.close(true)
  }
}
