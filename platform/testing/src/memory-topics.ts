import { setImmediate as nextTurn } from 'node:timers/promises'
import { partitionName, type SourceRecord, type TopicPosition } from '@fintech-streams/records'

interface MemoryPartition {
  readonly records: SourceRecord[]
  /** The offset at which each epoch of the leader begins. */
  readonly epochs: { readonly epoch: number; readonly startOffset: number }[]
  firstOffset: number
}

interface MemoryTopic {
  readonly id: string
  readonly partitions: MemoryPartition[]
}

/** A record's time, unless it is said. */
const RECORD_MS = Date.UTC(2026, 10, 20, 12)

/**
 * Topics in memory that behave as a broker's do where a consumer can notice: they are created again under another id, lose
 * their end or their beginning, and are unreachable for a while.
 */
export class MemoryTopics {
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #fetchRecordsMax: number
  #created = 0
  /** While it is set, every request fails with it. */
  failure: Error | undefined

  constructor(fetchRecordsMax = 7) {
    this.#fetchRecordsMax = fetchRecordsMax
  }

  create(topic: string, partitions = 1): void {
    this.#created += 1
    this.#topics.set(topic, {
      id: `${topic} ${this.#created}`,
      partitions: Array.from({ length: partitions }, () => ({
        records: [],
        epochs: [{ epoch: 0, startOffset: 0 }],
        firstOffset: 0,
      })),
    })
  }

  delete(topic: string): void {
    this.#topics.delete(topic)
  }

  append(topic: string, partition: number, ...values: (string | Buffer | null)[]): void {
    const { records } = this.#partition(topic, partition)
    for (const value of values) {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value
      records.push({ offset: records.length, timestampMs: RECORD_MS, key: null, value: bytes })
    }
  }

  /** The log loses its end, as in a power cut: its leader is elected again. */
  cut(topic: string, partition: number, offset: number): void {
    const { records, epochs } = this.#partition(topic, partition)
    records.length = offset
    epochs.push({ epoch: (epochs.at(-1)?.epoch ?? 0) + 1, startOffset: offset })
  }

  /** Retention removes the log's beginning. */
  expire(topic: string, partition: number, firstOffset: number): void {
    this.#partition(topic, partition).firstOffset = firstOffset
  }

  #partition(topic: string, partition: number): MemoryPartition {
    const found = this.#topics.get(topic)?.partitions[partition]
    if (found === undefined) throw new Error(`there is no ${topic}/${partition}`)
    return found
  }

  /** A client of them. @param knowsEpochs whether the broker answers where an epoch ends. */
  log(knowsEpochs = true) {
    const reached = <T>(answer: () => T): Promise<T> =>
      this.failure === undefined ? Promise.resolve().then(answer) : Promise.reject(this.failure)
    return {
      topics: (names: readonly string[]) =>
        reached(() => {
          const found = names.flatMap((name) => {
            const topic = this.#topics.get(name)
            return topic === undefined ? [] : [[name, { id: topic.id, partitions: topic.partitions.length }] as const]
          })
          return new Map(found)
        }),
      fetch: async (positions: readonly TopicPosition[]) => {
        await nextTurn()
        return reached(() => positions.map((position) => this.#fetch(position)))
      },
      bounds: (partitions: readonly Pick<TopicPosition, 'topic' | 'partition'>[]) =>
        reached(() =>
          partitions.map(({ topic, partition }) => {
            const { firstOffset: first, records } = this.#partition(topic, partition)
            return { first, end: records.length }
          }),
        ),
      epochEnds: (positions: readonly TopicPosition[]) =>
        reached(() => positions.map((position) => (knowsEpochs ? this.#epochEnd(position) : undefined))),
      close: async () => {},
    }
  }

  #epochEnd({ topic, partition, leaderEpoch }: TopicPosition): number {
    const { epochs, records } = this.#partition(topic, partition)
    const later = epochs.filter(({ epoch }) => epoch > (leaderEpoch ?? -1))
    return Math.min(records.length, ...later.map(({ startOffset }) => startOffset))
  }

  #fetch(position: TopicPosition) {
    const { topic, partition, topicId, offset } = position
    if (this.#topics.get(topic)?.id !== topicId) throw new Error(`${topicId} is not there`)
    const { records: all, firstOffset, epochs } = this.#partition(topic, partition)
    if (offset < firstOffset || offset > all.length)
      throw new Error(`${partitionName(position)} has no offset ${offset}`)
    const records = all.slice(offset, offset + this.#fetchRecordsMax)
    const nextOffset = offset + records.length
    const epoch = epochs.findLast(({ startOffset }) => startOffset < nextOffset)?.epoch ?? -1
    return {
      topic,
      partition,
      records,
      nextOffset,
      endOffset: all.length,
      leaderEpoch: records.length === 0 ? -1 : epoch,
    }
  }
}
