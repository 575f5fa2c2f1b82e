import { type SourceRecord } from '@fintech-streams/records'
import {
  type CommittedOffset,
  type KafkaConnection,
  PartitionReader,
  TransactionalProducer,
} from '@fintech-streams/kafka'
import { type SourceState } from './owner.ts'
import { KafkaChangelog } from './kafka-changelog.ts'
import { type ChangelogPosition, type TaskLog, type TaskTransaction } from './task-log.ts'

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
  readonly #producer: TransactionalProducer

  constructor(options: KafkaTaskLogOptions) {
    this.#options = options
    const { connection, groupId, sourceTopic, changelogTopic, transactionalId } = options
    this.#reader = new PartitionReader(connection, groupId, [sourceTopic, changelogTopic])
    this.#producer = new TransactionalProducer(connection, { transactionalId, groupId })
  }

  async acquire(): Promise<CommittedOffset | undefined> {
    await this.#producer.acquire()
    return this.#producer.committed(this.#options.sourceTopic, this.#options.partition)
  }

  async holdsChangelog(position: ChangelogPosition): Promise<boolean> {
    const { changelogTopic, partition } = this.#options
    return new KafkaChangelog(this.#reader, changelogTopic, partition).holds(position)
  }

  async readChangelog(onEntry: (key: string, value: Buffer | null) => void, offset?: number): Promise<void> {
    const { changelogTopic, partition } = this.#options
    const from = offset ?? (await this.#reader.firstOffset(changelogTopic, partition))
    const to = await this.#reader.endOffset(changelogTopic, partition)
    await this.#reader.readRange(changelogTopic, partition, from, to, ({ records }) => {
      for (const { key, value } of records) {
        if (key !== null) onEntry(key.toString(), value)
      }
    })
  }

  async readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void> {
    const { sourceTopic, partition } = this.#options
    await this.#reader.readRange(sourceTopic, partition, from, to, ({ records }) => records.forEach(onRecord))
  }

  async source(): Promise<SourceState> {
    const { sourceTopic, partition } = this.#options
    const { id } = await this.#reader.topic(sourceTopic)
    const first = await this.#reader.firstOffset(sourceTopic, partition)
    return { topicId: id, first, end: await this.#reader.endOffset(sourceTopic, partition) }
  }

  async epochEnd(leaderEpoch: number): Promise<number | undefined> {
    const { sourceTopic: topic, partition } = this.#options
    const [end] = await this.#reader.epochEnds([{ topic, partition, leaderEpoch }])
    return end
  }

  async commit({ outputs, changelog, position }: TaskTransaction): Promise<void> {
    const { groupId, sourceTopic, changelogTopic, partition } = this.#options
    const partitions = outputs.partitions()
    if (changelog.count > 0) partitions.push({ topic: changelogTopic, partition, records: changelog })
    await this.#producer.commit(partitions, { groupId, topic: sourceTopic, partition, ...position })
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.close(), this.#reader.close()])
  }
}
