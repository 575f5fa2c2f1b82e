import { type PartitionReader } from '@fintech-streams/kafka'
import { type ChangelogFeed, type ChangelogPart, type ChangelogPosition } from './task-log.ts'

/** How long a broker may wait for an entry. */
const WAIT_MS = 500

/** A changelog partition in Kafka. */
export class KafkaChangelog implements ChangelogFeed {
  readonly #reader: PartitionReader
  readonly #topic: string
  readonly #partition: number

  constructor(reader: PartitionReader, topic: string, partition: number) {
    this.#reader = reader
    this.#topic = topic
    this.#partition = partition
  }

  async begin(): Promise<ChangelogPosition> {
    const { id: topicId } = await this.#reader.topic(this.#topic)
    const first = await this.#reader.firstOffset(this.#topic, this.#partition)
    return { topicId, first, offset: first, leaderEpoch: null }
  }

  async next(from: ChangelogPosition): Promise<ChangelogPart> {
    const { topicId, offset } = from
    const position = { topic: this.#topic, partition: this.#partition, offset, topicId }
    const [part] = await this.#reader.fetch([position], WAIT_MS)
    if (part === undefined) return { entries: [], next: from, endOffset: offset + 1 }
    const { records: entries, nextOffset, endOffset, release } = part
    const leaderEpoch = part.leaderEpoch < 0 ? from.leaderEpoch : part.leaderEpoch
    return { entries, next: { ...from, offset: nextOffset, leaderEpoch }, endOffset, release }
  }

  /** Whether the log still has, unchanged, all that was read of it up to a position. */
  async holds({ topicId, first, offset, leaderEpoch }: ChangelogPosition): Promise<boolean> {
    const topic = this.#topic
    const partition = this.#partition
    if ((await this.#reader.topic(topic)).id !== topicId) return false
    // Compaction leaves the log's beginning where it is; what moves it takes entries that a cold recovery would not see.
    if ((await this.#reader.firstOffset(topic, partition)) !== first) return false
    if ((await this.#reader.endOffset(topic, partition)) < offset) return false
    if (leaderEpoch === null) return true
    // A log that lost its end and has grown again has other entries there.
    const [epochEnd] = await this.#reader.epochEnds([{ topic, partition, leaderEpoch }])
    return epochEnd === undefined || epochEnd >= offset
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }
}
