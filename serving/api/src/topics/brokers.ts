import { type KafkaConnection } from '@fintech-streams/kafka'
import { Admin } from '@platformatic/kafka'

const READ_COMMITTED = 1
const EARLIEST = -2n
const LATEST = -1n
const ANSWER_WITHIN_MS = 2_000
const METADATA_AGE_MS = 5_000
/** Topics and groups beyond these numbers are left out, in the order of their names. */
const TOPICS_MAX = 1_000
const GROUPS_MAX = 100

export interface TopicOffsets {
  readonly name: string
  readonly partitions: readonly PartitionOffsets[]
}

export interface PartitionOffsets {
  readonly partition: number
  readonly leader: number
  readonly begin: number
  /** Up to where committed records can be read. */
  readonly end: number
}

/** What the brokers know of topics and groups. */
export class Brokers {
  readonly #connection: KafkaConnection
  #admin: Admin | undefined

  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }

  /** Every topic, by name. @throws Error when no broker answers. */
  async offsets(): Promise<TopicOffsets[]> {
    return this.#ask(async (admin) => {
      const names = (await admin.listTopics()).sort().slice(0, TOPICS_MAX)
      if (names.length === 0) return []
      const { topics } = await admin.metadata({ topics: names, metadataMaxAge: METADATA_AGE_MS })
      const [begins, ends] = await Promise.all([EARLIEST, LATEST].map((at) => offsetsAt(admin, topics, at)))
      return [...topics].map(([name, { partitions }]) => ({
        name,
        partitions: Object.values(partitions).map(({ leader }, partition) => ({
          partition,
          leader,
          begin: begins?.get(`${name}/${partition}`) ?? 0,
          end: ends?.get(`${name}/${partition}`) ?? 0,
        })),
      }))
    })
  }

  /** By group, up to where it has committed, by partition: the groups that read this topic. @throws as {@link offsets}. */
  async positions(topic: string): Promise<Map<string, Map<number, number>>> {
    return this.#ask(async (admin) => {
      const groups = [...(await admin.listGroups()).keys()].sort().slice(0, GROUPS_MAX)
      if (groups.length === 0) return new Map<string, Map<number, number>>()
      const listed = await admin.listConsumerGroupOffsets({ groups })
      const positions = listed.map(({ groupId, topics }): [string, Map<number, number>] => {
        const partitions = topics.find(({ name }) => name === topic)?.partitions ?? []
        const committed = partitions.filter(({ committedOffset }) => committedOffset >= 0n)
        return [groupId, new Map(committed.map((one) => [one.partitionIndex, Number(one.committedOffset)]))]
      })
      return new Map(positions.filter(([, offsets]) => offsets.size > 0))
    })
  }

  async #ask<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = (this.#admin ??= new Admin({
      ...this.#connection,
      retries: 1,
      retryDelay: 100,
      connectTimeout: ANSWER_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      timeout: ANSWER_WITHIN_MS,
    }))
    try {
      return await work(admin)
    } catch (error) {
      // What the client knows of the cluster may be old: the next question begins anew.
      if (this.#admin === admin) this.#admin = undefined
      void admin.close().catch(() => undefined)
      throw error
    }
  }
}

type Topics = Awaited<ReturnType<Admin['metadata']>>['topics']

async function offsetsAt(admin: Admin, topics: Topics, timestamp: bigint): Promise<Map<string, number>> {
  const listed = await admin.listOffsets({
    topics: [...topics].map(([name, { partitionsCount }]) => ({
      name,
      partitions: Array.from({ length: partitionsCount }, (_, partitionIndex) => ({ partitionIndex, timestamp })),
    })),
    isolationLevel: READ_COMMITTED,
  })
  return new Map(
    listed.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }): [string, number] => [`${name}/${partitionIndex}`, Number(offset)]),
    ),
  )
}
