import { Admin } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'

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
  /** Negative when no broker leads it. */
  readonly leader: number
  readonly begin: number
  /** Up to where committed records can be read. */
  readonly end: number
}

/** By topic and partition, the offset of the next record to read. */
export type CommittedOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>

/**
 * What the brokers know of topics and groups, for who looks at it. An answer comes within seconds, or an error: whoever
 * looks can look again.
 */
export class Cluster {
  readonly #connection: KafkaConnection
  #admin: Admin | undefined

  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }

  /** Brokers that are there, and the topics with this beginning, by name. @throws Error when no broker answers. */
  async offsets(prefix = ''): Promise<{ brokers: number; topics: TopicOffsets[] }> {
    return this.#ask(async (admin) => {
      const names = (await admin.listTopics()).filter((name) => name.startsWith(prefix)).sort()
      const { brokers, topics } = await admin.metadata({
        topics: names.slice(0, TOPICS_MAX),
        metadataMaxAge: METADATA_AGE_MS,
      })
      const [begins, ends] = await Promise.all([offsetsAt(admin, topics, EARLIEST), offsetsAt(admin, topics, LATEST)])
      const offsets = [...topics].map(([name, { partitions }]) => ({
        name,
        partitions: Object.values(partitions).map(({ leader }, partition) => ({
          partition,
          leader,
          begin: begins.get(`${name}/${partition}`) ?? 0,
          end: ends.get(`${name}/${partition}`) ?? 0,
        })),
      }))
      return { brokers: brokers.size, topics: offsets }
    })
  }

  /** What groups have committed, by group: these, or all that there are. @throws as {@link offsets}. */
  async committed(groupIds?: readonly string[]): Promise<Map<string, CommittedOffsets>> {
    return this.#ask(async (admin) => {
      const groups = groupIds ?? [...(await admin.listGroups()).keys()].sort().slice(0, GROUPS_MAX)
      if (groups.length === 0) return new Map<string, CommittedOffsets>()
      const listed = await admin.listConsumerGroupOffsets({ groups: [...groups] })
      return new Map(listed.map(({ groupId, topics }) => [groupId, new Map(topics.map(committedIn))]))
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
      // The client's metadata of the cluster may be stale: the next request creates a new client.
      if (this.#admin === admin) this.#admin = undefined
      void admin.close().catch(() => undefined)
      throw error
    }
  }
}

interface GroupTopic {
  readonly name: string
  readonly partitions: readonly { partitionIndex: number; committedOffset: bigint }[]
}

function committedIn({ name, partitions }: GroupTopic): [string, ReadonlyMap<number, number>] {
  const committed = partitions.filter(({ committedOffset }) => committedOffset >= 0n)
  return [name, new Map(committed.map((one) => [one.partitionIndex, Number(one.committedOffset)]))]
}

type Topics = Awaited<ReturnType<Admin['metadata']>>['topics']

/** By `topic/partition`. */
async function offsetsAt(admin: Admin, topics: Topics, timestamp: bigint): Promise<Map<string, number>> {
  if (topics.size === 0) return new Map()
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
