import { kafkaOf, type Stack } from '@fintech-streams/local'
import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka'

const SEGMENTS_PER_RETENTION = 5

/** Gives every topic whose records are deleted after a time another time, so that a short run sees them turn over. */
export async function shortRetention(stack: Stack, retentionMs: number): Promise<void> {
  const admin = new Admin(kafkaOf(stack, 'soak'))
  try {
    const topics = (await admin.listTopics()).map((name) => ({
      resourceType: ConfigResourceTypes.TOPIC,
      resourceName: name,
      configurationKeys: ['cleanup.policy'],
    }))
    const described = await admin.describeConfigs({ resources: topics })
    const deleted = described.filter(({ configs }) => configs.some(({ value }) => value === 'delete'))
    const set = (name: string, value: number) => ({
      name,
      value: String(value),
      configOperation: IncrementalAlterConfigOperationTypes.SET,
    })
    const configs = [
      set('retention.ms', retentionMs),
      set('segment.ms', Math.round(retentionMs / SEGMENTS_PER_RETENTION)),
    ]
    const resources = deleted.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, configs }))
    await admin.incrementalAlterConfigs({ resources })
  } finally {
    await admin.close()
  }
}
