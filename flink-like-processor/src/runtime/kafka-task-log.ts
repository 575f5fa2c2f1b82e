import { Producer } from '@platformatic/kafka'
import { type SourceRecord } from '../engine/operator.ts'
import { type KafkaConnection } from './kafka-connection.ts'
import { PartitionReader } from './partition-reader.ts'
import { type TaskLog, type TaskTransaction } from './task-log.ts'

/** One request stays below the broker's largest message, whatever partitions its records go to. */
const REQUEST_BYTES_MAX = 900_000
/** Kafka's record framing, about. */
const RECORD_OVERHEAD_BYTES = 24

/** Three milliseconds between tries, as concurrent transactions need; slower once something is really wrong. */
const retryDelay = (_client: unknown, _operation: string, attempt: number): number => (attempt < 100 ? 3 : 100)
const RETRIES_MAX = 150

type TextProducer = Producer<string, string, string, string>
type Transaction = Awaited<ReturnType<TextProducer['beginTransaction']>>

export interface KafkaTaskLogOptions {
  readonly connection: KafkaConnection
  readonly groupId: string
  readonly transactionalId: string
  readonly sourceTopic: string
  readonly changelogTopic: string
  readonly partition: number
}

/**
 * A task's log in Kafka. The transactional id is the fence: whoever initialised it last is the owner, and any other
 * holder's commit fails. So offsets are committed without the group's generation, and a rebalance that leaves a task
 * where it is does not disturb it.
 */
export class KafkaTaskLog implements TaskLog {
  readonly #options: KafkaTaskLogOptions
  readonly #reader: PartitionReader
  readonly #producer: TextProducer
  #coordinator = -1
  /** Begun by `acquire`, taken by the first commit. */
  #begun: Transaction | undefined

  constructor(options: KafkaTaskLogOptions) {
    this.#options = options
    const { connection, groupId, sourceTopic, changelogTopic, transactionalId } = options
    this.#reader = new PartitionReader(connection, groupId, [sourceTopic, changelogTopic])
    this.#producer = new Producer<string, string, string, string>({
      ...connection,
      transactionalId,
      idempotent: true,
      // With its defaults of 0 a restart with the same transactional id is refused.
      producerId: -1n,
      producerEpoch: -1,
      retries: RETRIES_MAX,
      retryDelay,
      serializers: { key: textToBuffer, value: textToBuffer },
    })
  }

  async acquire(): Promise<number | undefined> {
    this.#begun = await this.#producer.beginTransaction()
    this.#coordinator = await this.#reader.groupCoordinator()
    return this.#reader.committedOffset(this.#options.sourceTopic, this.#options.partition)
  }

  async readChangelog(onEntry: (key: string, value: string | null) => void): Promise<void> {
    const { changelogTopic, partition } = this.#options
    const from = await this.#reader.firstOffset(changelogTopic, partition)
    const to = await this.#reader.endOffset(changelogTopic, partition)
    await this.#reader.readRange(changelogTopic, partition, from, to, ({ records }) => {
      for (const { key, value } of records) {
        if (key !== null) onEntry(key.toString(), value === null ? null : value.toString())
      }
    })
  }

  async readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void> {
    const { sourceTopic, partition } = this.#options
    await this.#reader.readRange(sourceTopic, partition, from, to, ({ records }) => records.forEach(onRecord))
  }

  async firstOffset(): Promise<number> {
    return this.#reader.firstOffset(this.#options.sourceTopic, this.#options.partition)
  }

  async commit({ outputs, changelog, offset }: TaskTransaction): Promise<void> {
    const transaction = this.#begun ?? (await this.#producer.beginTransaction())
    this.#begun = undefined
    await this.#send(transaction, outputs)
    const { changelogTopic: topic, partition } = this.#options
    await this.#send(
      transaction,
      changelog.map(({ key, value }) => ({ topic, partition, key, value })),
    )
    await this.#commitOffset(transaction, offset)
    await transaction.commit()
  }

  async #send(
    transaction: Transaction,
    messages: readonly { topic: string; partition: number; key: string; value: string | null }[],
  ): Promise<void> {
    let from = 0
    let bytes = 0
    for (let at = 0; at < messages.length; at += 1) {
      const { key, value } = messages[at]!
      const size = key.length + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES
      if (bytes + size > REQUEST_BYTES_MAX && at > from) {
        await transaction.send({ messages: messages.slice(from, at) as Sendable[] })
        from = at
        bytes = 0
      }
      bytes += size
    }
    if (from < messages.length) await transaction.send({ messages: messages.slice(from) as Sendable[] })
  }

  async #commitOffset(transaction: Transaction, offset: number): Promise<void> {
    const { groupId, sourceTopic, partition } = this.#options
    const consumer = { groupId, generationId: -1, memberId: '', coordinatorId: this.#coordinator }
    await transaction.addConsumer(consumer as unknown as Parameters<typeof transaction.addConsumer>[0])
    await transaction.addOffset({
      topic: sourceTopic,
      partition,
      // The client commits the offset after the message's.
      offset: BigInt(offset) - 1n,
      metadata: { consumer },
    } as unknown as Parameters<typeof transaction.addOffset>[0])
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.close(true), this.#reader.close()])
  }
}

/** The client's types have no null value, its serializer does: a tombstone. */
interface Sendable {
  topic: string
  partition: number
  key: string
  value: string
}

function textToBuffer(text?: string | null): Buffer | undefined {
  return text === null || text === undefined ? undefined : Buffer.from(text)
}
