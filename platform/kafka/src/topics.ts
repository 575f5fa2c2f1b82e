import { type TopicSpec } from '@fintech-streams/contracts'
import { type Logger } from '@fintech-streams/service'
import { Admin, findErrorBy } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'
import { explainedKafka, requireKafkaAccess } from './explain.ts'

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
