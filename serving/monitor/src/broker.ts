import { PARTIALS_TOPIC, PROCESSOR_GROUP, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type KafkaConnection } from '@fintech-streams/kafka'
import { Admin } from '@platformatic/kafka'
import { ANSWER_WITHIN_MS } from './reading.ts'

const READ_COMMITTED = 1
const LATEST = -1n
/** Topics beyond this number are left out, in the order of their names. */
const TOPICS_MAX = 500

/** What the brokers know. */
export interface BrokerReading {
  readonly brokers: number
  /** Partitions of those topics that no broker leads. */
  readonly leaderless: number
  /** By topic, up to where committed records can be read, by partition. */
  readonly endOffsets: ReadonlyMap<string, readonly number[]>
  /** By topic, up to where the processor has committed, by partition. */
  readonly processed: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** Asks the brokers for the ends of all topics, and how far the processor is. */
export class Broker {
  readonly #connection: KafkaConnection
  #admin: Admin | undefined

  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  /** @throws Error when no broker answers. */
  async read(): Promise<BrokerReading> {
    this.#admin ??= new Admin({
      ...this.#connection,
      retries: 0,
      connectTimeout: ANSWER_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      timeout: ANSWER_WITHIN_MS,
    })
    try {
      return await this.#read(this.#admin)
    } catch (error) {
      // What the client knows of the cluster may be old: the next look begins anew.
      const admin = this.#admin
      this.#admin = undefined
      void admin?.close().catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }

  async #read(admin: Admin): Promise<BrokerReading> {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith('fintech.')).sort()
    const metadata = await admin.metadata({ topics: topics.slice(0, TOPICS_MAX), metadataMaxAge: 30_000 })
    const asked = [...metadata.topics].map(([name, { partitionsCount }]) => ({
      name,
      partitions: Array.from({ length: partitionsCount }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: LATEST,
      })),
    }))
    const [listed, groups] = await Promise.all([
      asked.length === 0 ? [] : admin.listOffsets({ topics: asked, isolationLevel: READ_COMMITTED }),
      admin.listConsumerGroupOffsets({ groups: [PROCESSOR_GROUP] }).catch(() => []),
    ])
    const endOffsets = new Map(
      listed.map(({ name, partitions }): [string, number[]] => {
        const offsets: number[] = []
        for (const { partitionIndex, offset } of partitions) offsets[partitionIndex] = Number(offset)
        return [name, offsets]
      }),
    )
    const processed = new Map(
      (groups[0]?.topics ?? [])
        .filter(({ name }) => name === TRANSACTIONS_TOPIC || name === PARTIALS_TOPIC)
        .map(({ name, partitions }): [string, ReadonlyMap<number, number>] => [
          name,
          new Map(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)])),
        ]),
    )
    const leaderless = [...metadata.topics.values()]
      .flatMap(({ partitions }) => partitions)
      .filter(({ leader }) => leader < 0).length
    return { brokers: metadata.brokers.size, leaderless, endOffsets, processed }
  }
}
