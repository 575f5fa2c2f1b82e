import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  Admin,
  type Broker,
  type Connection,
  createAPI,
  endTxnV3,
  findCoordinatorV6,
  findErrorBy,
  initProducerIdV4,
  produceV11,
  txnOffsetCommitV3,
  Writer,
} from '@platformatic/kafka'
import { must } from '@fintech-streams/service'
import { type KafkaConnection } from './connection.ts'
import { type PartitionRecords, giveBlock, type RecordBlock, takeBlock } from '@fintech-streams/records'
import { type BatchIdentity, encodeBatch, encodedBytesMax } from './record-batch.ts'

/** How far a group has read a partition. */
export interface CommittedOffset {
  /** The offset of the next record to read. */
  readonly offset: number
  /** The leader's epoch of the record before, by which a log that was cut short is known; null where nobody knows it. */
  readonly leaderEpoch: number | null
}

export interface OffsetToCommit extends CommittedOffset {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
}

const TRANSACTION_TIMEOUT_MS = 60_000
const PRODUCE_TIMEOUT_MS = 30_000
const ALL_IN_SYNC_REPLICAS = -1
const NO_EPOCH = -1
const GROUP = 0
const TRANSACTION = 1
const RETRY_DELAY_MS = 3
const RETRIES_MAX = 2_000

/** The broker is not ready for the request yet, and did nothing. */
const RETRIABLE = [
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
] as const

/**
 * Writes records and source offsets in Kafka transactions under one transactional id. It does little on purpose: any
 * error but a broker that is not ready yet is thrown, and whoever uses it recovers from the log, which alone knows
 * whether the transaction was committed.
 *
 * Over the client's producer it saves copying each record through several objects, and a round trip a commit: records
 * and offsets are sent at the same time.
 */
export class TransactionalProducer {
  readonly #transactionalId: string
  readonly #groupId: string
  /**
   * One connection to each broker: records and offsets must go over the same, because a broker works on a connection's
   * requests one after the other. Over two, it refuses one of two that it has to check against the transaction at once.
   */
  readonly #client: Admin
  #producerId = -1n
  #producerEpoch = -1
  #sequences = new Map<string, number>()
  #coordinators: { transaction: number; group: number } | undefined

  constructor(connection: KafkaConnection, options: { transactionalId: string; groupId: string }) {
    this.#transactionalId = options.transactionalId
    this.#groupId = options.groupId
    this.#client = new Admin({ ...connection, retries: 3, retryDelay: 200, timeout: PRODUCE_TIMEOUT_MS })
  }

  /**
   * Becomes the owner of the transactional id: a former owner's open transaction is aborted, and all it sends from now
   * on is refused.
   */
  async acquire(): Promise<void> {
    this.#coordinators = {
      transaction: await this.#findCoordinator(TRANSACTION, this.#transactionalId),
      group: await this.#findCoordinator(GROUP, this.#groupId),
    }
    const { producerId, producerEpoch } = await this.#ask(this.#coordinators.transaction, (connection) =>
      initProducerIdV4.api.async(connection, this.#transactionalId, TRANSACTION_TIMEOUT_MS, -1n, -1),
    )
    this.#producerId = producerId
    this.#producerEpoch = producerEpoch
    this.#sequences = new Map()
  }

  /** What its group has committed of a partition, `undefined` when that is nothing. */
  async committed(topic: string, partition: number): Promise<CommittedOffset | undefined> {
    const group = { groupId: this.#groupId, topics: [{ name: topic, partitionIndexes: [partition] }] }
    const [found] = await this.#client.listConsumerGroupOffsets({ groups: [group] })
    const committed = found?.topics[0]?.partitions[0]
    if (committed === undefined || committed.committedOffset < 0n) return undefined
    const epoch = committed.committedLeaderEpoch
    return { offset: Number(committed.committedOffset), leaderEpoch: epoch === NO_EPOCH ? null : epoch }
  }

  /**
   * Commits records and an offset, all or nothing.
   * @param partitions each with at least one record.
   * @throws when it is not certain that they were committed.
   */
  async commit(partitions: readonly PartitionRecords[], offset: OffsetToCommit): Promise<void> {
    const { transaction, group } = must(this.#coordinators, 'the coordinators, which acquire() finds')
    const [id, producerId, producerEpoch] = [this.#transactionalId, this.#producerId, this.#producerEpoch] as const
    if (partitions.length > 0) {
      const topics = topicsOf(partitions)
      const request = { transactionalId: id, producerId, producerEpoch, verifyOnly: false, topics }
      await this.#ask(transaction, (connection) => addPartitionsToTxnV3.api.async(connection, [request]))
    }
    await this.#ask(transaction, (connection) =>
      addOffsetsToTxnV3.api.async(connection, id, producerId, producerEpoch, offset.groupId),
    )
    await Promise.all([this.#produce(partitions), this.#commitOffset(group, offset)])
    await endTxnV3.api.async(await this.#connection(transaction), id, producerId, producerEpoch, true)
  }

  /**
   * Asks a broker, again while it is not ready. Each time the pool is asked for the connection: it holds a request back
   * while a login is renewed, when the broker would refuse any other.
   */
  async #ask<T>(node: number, request: (connection: Connection) => Promise<T>): Promise<T> {
    return retried(async () => request(await this.#connection(node)))
  }

  async #commitOffset(
    group: number,
    { groupId, topic, partition, offset, leaderEpoch }: OffsetToCommit,
  ): Promise<void> {
    // Without the group's generation: the transactional id is the fence.
    const [generation, member, instance] = [-1, '', null] as const
    const committedLeaderEpoch = leaderEpoch ?? NO_EPOCH
    const committed = { partitionIndex: partition, committedOffset: BigInt(offset), committedLeaderEpoch }
    await this.#ask(group, (connection) =>
      txnOffsetCommitV3.api.async(
        connection,
        this.#transactionalId,
        groupId,
        this.#producerId,
        this.#producerEpoch,
        generation,
        member,
        instance,
        [{ name: topic, partitions: [{ ...committed, committedMetadata: null }] }],
      ),
    )
  }

  /** One request a broker and round; a partition's batches follow each other. */
  async #produce(partitions: readonly PartitionRecords[]): Promise<void> {
    const waiting = partitions.map((of) => ({ of, blocks: of.records.blocks() }))
    const rounds = waiting.reduce((most, { blocks }) => Math.max(most, blocks.length), 0)
    for (let round = 0; round < rounds; round += 1) {
      const byLeader = new Map<number, Batch[]>()
      for (const { of, blocks } of waiting) {
        const block = blocks[round]
        if (block === undefined) continue
        const leader = await this.#leader(of)
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), { of, block }])
      }
      await Promise.all([...byLeader].map(([leader, batches]) => this.#produceTo(leader, batches)))
    }
  }

  async #produceTo(leader: number, batches: readonly Batch[]): Promise<void> {
    const rooms: RecordBlock[] = []
    const byTopic = new Map<string, { partition: number; batch: Buffer }[]>()
    for (const { of, block } of batches) {
      const { topic, partition } = of
      const room = takeBlock(encodedBytesMax(block))
      rooms.push(room)
      const batch = encodeBatch(block, this.#identity(of, block.count), room.bytes)
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), { partition, batch }])
    }
    await produce.async(await this.#connection(leader), this.#transactionalId, byTopic)
    // Only when it was answered: until then the client may still read from them.
    rooms.forEach(giveBlock)
  }

  /** What the next batch of a partition says of its producer. */
  #identity({ topic, partition }: PartitionRecords, records: number): BatchIdentity {
    const id = `${topic}/${partition}`
    const firstSequence = this.#sequences.get(id) ?? 0
    this.#sequences.set(id, (firstSequence + records) % 2 ** 31)
    return {
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      firstSequence,
      timestampMs: Date.now(),
    }
  }

  async #leader({ topic, partition }: PartitionRecords): Promise<number> {
    const metadata = await this.#client.metadata({ topics: [topic] })
    const leader = metadata.topics.get(topic)?.partitions[partition]?.leader
    if (leader === undefined) throw new Error(`no leader for ${topic}/${partition}`)
    return leader
  }

  async #connection(node: number): Promise<Connection> {
    return this.#client.connections.get(await this.#broker(node))
  }

  async #broker(node: number): Promise<Broker> {
    const { brokers } = await this.#client.metadata({})
    const broker = brokers.get(node)
    if (broker === undefined) throw new Error(`no address for broker ${node}`)
    return broker
  }

  async #findCoordinator(keyType: number, key: string): Promise<number> {
    const { brokers } = await this.#client.metadata({})
    const connection = await this.#client.connections.getFirstAvailable([...brokers.values()])
    const { coordinators } = await retried(() => findCoordinatorV6.api.async(connection, keyType, [key]))
    return must(coordinators[0], `the coordinator of ${key}`).nodeId
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

function topicsOf(partitions: readonly PartitionRecords[]): { name: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition])
  return [...topics].map(([name, of]) => ({ name, partitions: of }))
}

interface Batch {
  readonly of: PartitionRecords
  readonly block: RecordBlock
}

type TopicBatches = ReadonlyMap<string, readonly { partition: number; batch: Buffer }[]>

/** The client's request with batches that are encoded already. */
const produce = createAPI<[transactionalId: string, topics: TopicBatches], unknown>(
  produceV11.api.key,
  produceV11.api.version,
  (transactionalId: string, topics: TopicBatches) =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt16(ALL_IN_SYNC_REPLICAS)
      .appendInt32(PRODUCE_TIMEOUT_MS)
      .appendArray([...topics], (writer, [topic, partitions]) => {
        writer.appendString(topic).appendArray([...partitions], (inner, { partition, batch }) => {
          inner
            .appendInt32(partition)
            .appendUnsignedVarInt(batch.length + 1)
            .append(batch)
        })
      })
      .appendTaggedFields(),
  produceV11.parseResponse,
)

async function retried<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request()
    } catch (error) {
      const isRetriable = RETRIABLE.some((id) => findErrorBy(error as Error, 'apiId', id) !== null)
      if (!isRetriable || attempt === RETRIES_MAX) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS))
    }
  }
}
