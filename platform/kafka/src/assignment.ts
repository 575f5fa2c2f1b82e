import { Consumer } from '@platformatic/kafka'
import { type Logger, type Clock } from '@fintech-streams/service'
import { type KafkaConnection } from './connection.ts'
import { giveWay } from './give-way.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Missing heartbeats for this long means the worker is gone and others take its partitions. Brokers allow no less. */
const SESSION_TIMEOUT_MS = 6_000
/** Members hear with a heartbeat's answer that the group has changed. */
const HEARTBEAT_INTERVAL_MS = 250
const REBALANCE_TIMEOUT_MS = 10_000
const REJOIN_DELAY_MS = 1_000

/**
 * Membership in the consumer group, for which partitions are this worker's and nothing else: records are read and
 * offsets committed without it. It is only advice, so that no partition is left and no two workers fight; what keeps
 * results right is the fence of each task.
 */
export class Assignment {
  readonly #consumer: Consumer
  readonly #member: { connection: KafkaConnection; groupId: string; instanceId: string }
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #onAssigned: (partitions: TopicPartition[]) => void
  #closed = false
  #joining = false

  constructor(options: {
    connection: KafkaConnection
    groupId: string
    topics: readonly string[]
    /** Names the worker across its restarts, so that one that comes back gets the same partitions at once. */
    instanceId: string
    clock: Clock
    logger: Logger
    onAssigned: (partitions: TopicPartition[]) => void
  }) {
    this.#member = options
    this.#clock = options.clock
    this.#logger = options.logger
    this.#onAssigned = options.onAssigned
    this.#consumer = new Consumer({
      ...options.connection,
      groupId: options.groupId,
      groupInstanceId: options.instanceId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatStallTimeout: SESSION_TIMEOUT_MS,
      partitionAssigner: dealPartitions,
      retries: 5,
      retryDelay: 200,
    })
    this.#consumer.topics.trackAll(...options.topics)
    this.#consumer.on('consumer:group:join', () => this.#joined())
    this.#consumer.on('consumer:heartbeat:stalled', () => void this.join())
    // A failed rejoin: the client schedules no further heartbeat, so membership starts again from here.
    this.#consumer.on(
      'error' as never,
      ((error: Error) => {
        this.#logger.warn({ err: error }, 'lost the consumer group')
        void this.join()
      }) as never,
    )
  }

  /** Gives the partitions of this instance's former process to the other members. @returns whether there are any. */
  async giveWay(): Promise<boolean> {
    return giveWay(this.#member)
  }

  /** Joins the group, again and again until it succeeds. */
  async join(): Promise<void> {
    if (this.#joining) return
    this.#joining = true
    while (!this.#closed) {
      try {
        await this.#consumer.joinGroup({})
        break
      } catch (error) {
        this.#logger.warn({ err: error }, 'cannot join the consumer group yet')
        await this.#clock.sleep(REJOIN_DELAY_MS)
      }
    }
    this.#joining = false
  }

  #joined(): void {
    const assigned = (this.#consumer.assignments ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    this.#onAssigned(assigned)
  }

  /** Leaves the group, so that others take over at once. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#consumer.close(true)
  }
}

type Assigner = NonNullable<
  ConstructorParameters<typeof Consumer>[0] extends infer O
    ? O extends { partitionAssigner?: infer A }
      ? A
      : never
    : never
>

/** Deals the partitions of every topic to the members in turn; each topic goes on where the last one ended. */
const dealPartitions: Assigner = (_leader, members, topics, metadata) => {
  const ids = [...members.keys()].sort()
  const assignments = new Map(ids.map((id) => [id, new Map<string, { topic: string; partitions: number[] }>()]))
  let turn = 0
  for (const topic of [...topics].sort()) {
    const partitions = metadata.topics.get(topic)?.partitionsCount ?? 0
    for (let partition = 0; partition < partitions; partition += 1) {
      const of = assignments.get(ids[turn % ids.length]!)!
      turn += 1
      const mine = of.get(topic) ?? { topic, partitions: [] }
      mine.partitions.push(partition)
      of.set(topic, mine)
    }
  }
  return [...assignments].map(([memberId, of]) => ({ memberId, assignments: of }))
}
