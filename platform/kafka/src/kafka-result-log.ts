import { Admin, findErrorBy } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'
import { type FetchedRecords, OffsetGone, type ResultLog, type TopicInfo } from './result-log.ts'

/**
 * So many bytes end a broker's waiting. What is read goes on in transactions a tenth of a second apart or more, and few
 * large fetches of many partitions cost the broker a fraction of many small ones.
 */
const FETCH_BYTES_MIN = 64 << 10

/** Reads committed records of chosen partitions; the processor's reader does. */
export interface CommittedReader {
  fetch(
    positions: readonly { topic: string; partition: number; offset: number }[],
    waitMs: number,
    bytesMin: number,
  ): Promise<FetchedRecords[]>
  firstOffset(topic: string, partition: number): Promise<number>
  endOffset(topic: string, partition: number): Promise<number>
  close(): Promise<void>
}

/** Opens a reader of topics that exist: the client's metadata fails as a whole for one that does not. */
export type OpenReader = (topics: readonly string[]) => CommittedReader

/** The result topics in Kafka. */
export class KafkaResultLog implements ResultLog {
  readonly #openReader: OpenReader
  readonly #admin: Admin
  #reader: CommittedReader | undefined
  #read = ''

  constructor(connection: KafkaConnection, openReader: OpenReader) {
    this.#openReader = openReader
    this.#admin = new Admin({ ...connection, retries: 3, retryDelay: 200 })
  }

  async topics(names: readonly string[]): Promise<Map<string, TopicInfo>> {
    const existing = new Set(await this.#admin.listTopics())
    const wanted = names.filter((name) => existing.has(name))
    if (wanted.length === 0) return new Map()
    const { topics } = await this.#admin.metadata({ topics: wanted, forceUpdate: true })
    const found = new Map([...topics].map(([name, { id, partitionsCount: partitions }]) => [name, { id, partitions }]))
    await this.#readOnly(found)
    return found
  }

  /** A new reader for new topics, or for new ids or partitions of the old ones. */
  async #readOnly(topics: ReadonlyMap<string, TopicInfo>): Promise<void> {
    const toRead = JSON.stringify([...topics])
    if (toRead === this.#read) return
    await this.#reader?.close()
    this.#reader = this.#openReader([...topics.keys()])
    this.#read = toRead
  }

  async fetch(
    positions: readonly { topic: string; partition: number; offset: number }[],
    waitMs: number,
  ): Promise<FetchedRecords[]> {
    try {
      return await this.#opened().fetch(positions, waitMs, FETCH_BYTES_MIN)
    } catch (error) {
      if (findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null) throw new OffsetGone(error)
      throw error
    }
  }

  async bounds(topic: string, partition: number): Promise<{ first: number; end: number }> {
    const reader = this.#opened()
    return { first: await reader.firstOffset(topic, partition), end: await reader.endOffset(topic, partition) }
  }

  #opened(): CommittedReader {
    if (this.#reader === undefined) throw new Error('there are positions only of topics that were found')
    return this.#reader
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#reader?.close(), this.#admin.close()])
  }
}
