import { type TopicSpec } from '@fintech-streams/contracts'
import { type Logger, OperatingError } from '@fintech-streams/service'
import { Admin, findErrorBy } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'

/** Creates the topics that are missing; those that exist stay as they are. */
export async function ensureTopics(
  connection: KafkaConnection,
  topics: readonly TopicSpec[],
  logger: Logger,
): Promise<void> {
  const admin = new Admin({ ...connection, retries: 30, retryDelay: 1_000 })
  try {
    const existing = new Set(await reachable(admin.listTopics(), connection))
    for (const { name, partitions, configs } of topics) {
      if (existing.has(name)) continue
      try {
        await admin.createTopics({
          topics: [name],
          partitions,
          replicas: -1,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        })
        logger.info({ topic: name, partitions }, 'created topic')
      } catch (error) {
        // Another worker, or Connect, was first.
        if (findErrorBy(error as Error, 'apiId', 'TOPIC_ALREADY_EXISTS') === null) throw error
      }
    }
  } finally {
    await admin.close()
  }
}

async function reachable<T>(answer: Promise<T>, { bootstrapBrokers }: KafkaConnection): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const brokers = bootstrapBrokers.join(', ')
    throw new OperatingError(
      'kafka_unreachable',
      `no Kafka at ${brokers}: start it, or set KAFKA_HOST and KAFKA_PORT`,
      error,
    )
  }
}
