import { Consumer } from '@platformatic/kafka'
import { BrokerConnections } from './broker-connection.ts'
import { type CommittedBatch } from './committed-records.ts'
import { fetchCommitted, type FetchedPartition } from './fetch-request.ts'
import { type KafkaConnection } from './kafka-connection.ts'

const READ_COMMITTED = 1
const LATEST = -1n
const EARLIEST = -2n
const RANGE_WAIT_MS = 500

export interface PartitionPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export type ReadPartition = FetchedPartition

/** Reads committed records of chosen partitions from chosen offsets, outside any consumer group. */
export class PartitionReader {
  readonly #consumer: Consumer
  readonly #connections: BrokerConnections

  constructor(connection: KafkaConnection, groupId: string, topics: readonly string[]) {
    this.#consumer = new Consumer({ ...connection, groupId, retries: 3, retryDelay: 200 })
    this.#connections = new BrokerConnections(connection.clientId)
    this.#consumer.topics.trackAll(...topics)
  }

  /**
   * One round of fetches, one request a broker.
   * @param waitMs how long a broker may wait for records.
   * @param bytesMin so many bytes of them are enough for it to answer before; who can wait gets more with fewer requests.
   */
  async fetch(positions: readonly PartitionPosition[], waitMs: number, bytesMin = 1): Promise<ReadPartition[]> {
    const metadata = await this.#consumer.metadata({ topics: [...new Set(positions.map(({ topic }) => topic))] })
    const located = positions.map(({ topic, partition, offset }) => {
      const found = metadata.topics.get(topic)
      const leader = found?.partitions[partition]?.leader
      if (found === undefined || leader === undefined) throw new Error(`no leader for ${topic}/${partition}`)
      return { topic, topicId: found.id, partition, offset, leader }
    })
    try {
      const rounds = [...Map.groupBy(located, ({ leader }) => leader)].map(([leader, of]) =>
        fetchCommitted(this.#connections.to(metadata.brokers.get(leader)!), of, waitMs, bytesMin),
      )
      return (await Promise.all(rounds)).flat()
    } catch (error) {
      // Leaders may have moved, or a topic was made anew.
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
    await this.#connections.close()
    await this.#consumer.close(true)
  }
}
