import { type TopicPosition } from '@fintech-streams/records'
import { Admin } from '@platformatic/kafka'
import { type KafkaConnection } from '../connection.ts'
import { explainedKafka } from '../explain.ts'
import { PartitionReader } from '../partition-reader.ts'
import { type Bounds, type FetchedRecords, type TopicInfo, type TopicLog, type TopicPartition } from './topic-log.ts'

/**
 * `fetch.min.bytes`: a broker responds at once when it has this much. Consumers write at most ten transactions a
 * second, and a few large fetches of many partitions cost the broker a fraction of many small ones.
 */
const FETCH_BYTES_MIN = 64 << 10

/** Topics in Kafka. An error is `kafka_refused` where the brokers will not take this program, and otherwise as it came. */
export class KafkaTopicLog implements TopicLog {
  readonly #connection: KafkaConnection
  readonly #admin: Admin
  #reader: PartitionReader | undefined
  #read = ''

  constructor(connection: KafkaConnection) {
    this.#connection = connection
    this.#admin = new Admin({ ...connection, retries: 3, retryDelay: 200 })
  }

  topics(names: readonly string[]): Promise<Map<string, TopicInfo>> {
    return this.#asked(() => this.#topics(names))
  }

  async #topics(names: readonly string[]): Promise<Map<string, TopicInfo>> {
    const existing = new Set(await this.#admin.listTopics())
    const wanted = names.filter((name) => existing.has(name))
    if (wanted.length === 0) return new Map()
    const { topics } = await this.#admin.metadata({ topics: wanted, forceUpdate: true })
    const found = new Map([...topics].map(([name, { id, partitionsCount: partitions }]) => [name, { id, partitions }]))
    await this.#readOnly(found)
    return found
  }

  /**
   * A new reader for new topics, or for new ids or partitions of the old ones: the client's metadata fails as a whole for a
   * topic that does not exist.
   */
  async #readOnly(topics: ReadonlyMap<string, TopicInfo>): Promise<void> {
    const toRead = JSON.stringify([...topics])
    if (toRead === this.#read) return
    await this.#reader?.close()
    this.#reader = new PartitionReader(this.#connection, this.#connection.clientId, [...topics.keys()])
    this.#read = toRead
  }

  fetch(positions: readonly TopicPosition[], waitMs: number): Promise<FetchedRecords[]> {
    return this.#asked(() => this.#opened.fetch(positions, waitMs, FETCH_BYTES_MIN))
  }

  bounds(partitions: readonly TopicPartition[]): Promise<Bounds[]> {
    return this.#asked(() => this.#opened.bounds(partitions))
  }

  epochEnds(positions: readonly TopicPosition[]): Promise<(number | undefined)[]> {
    return this.#asked(() => this.#opened.epochEnds(positions))
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const explained = explainedKafka(error, this.#connection)
      throw explained.canRetry ? error : explained
    }
  }

  get #opened(): PartitionReader {
    if (this.#reader === undefined) throw new Error('there are positions only of topics that were found')
    return this.#reader
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#reader?.close(), this.#admin.close()])
  }
}
