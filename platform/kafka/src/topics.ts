import { setTimeout as sleep } from 'node:timers/promises'
import { type TopicSpec } from '@fintech-streams/contracts'
import { type Logger } from '@fintech-streams/service'
import { Admin, findErrorBy } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'
import { explainedKafka, requireKafkaAccess } from './explain.ts'

/** The controller leaves out brokers that it has not heard of for seconds: those that start, or are slow. */
const BROKERS_WITHIN_MS = 30_000
const RETRY_MS = 500

/**
 * Creates the topics that are missing; those that exist stay as they are.
 * @throws OperatingError when the brokers do not answer, or refuse the program.
 */
export async function ensureTopics(
  connection: KafkaConnection,
  topics: readonly TopicSpec[],
  logger: Logger,
): Promise<void> {
  await requireKafkaAccess(connection)
  const admin = new Admin({ ...connection, retries: 30, retryDelay: 1_000 })
  try {
    const existing = new Set(
      await admin.listTopics().catch((error: unknown) => {
        throw explainedKafka(error, connection)
      }),
    )
    for (const topic of topics) {
      if (existing.has(topic.name) || !(await create(admin, topic))) continue
      logger.info({ topic: topic.name, partitions: topic.partitions }, 'created topic')
    }
  } finally {
    await admin.close()
  }
}

/** @returns false when another worker, or Connect, was first. */
async function create(admin: Admin, { name, partitions, configs }: TopicSpec): Promise<boolean> {
  const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  for (const deadlineMs = performance.now() + BROKERS_WITHIN_MS; ;) {
    try {
      await admin.createTopics({ topics: [name], partitions, replicas: -1, configs: settings })
      return true
    } catch (error) {
      const is = (id: string): boolean => findErrorBy(error as Error, 'apiId', id) !== null
      if (is('TOPIC_ALREADY_EXISTS')) return false
      if (!is('INVALID_REPLICATION_FACTOR') || performance.now() > deadlineMs) throw error
      await sleep(RETRY_MS)
    }
  }
}
