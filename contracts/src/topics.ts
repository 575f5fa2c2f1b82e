import { DAY_MS } from './time.ts'

/** Topics, consumer groups and connectors by name. Nothing else in the project spells a topic's name. */

/**
 * Tables that each connector streams. Those of the first go to `fintech.<table>`, those of the last to
 * `fintech.analytics.<table>`; the outbox goes by its events' types. The connectors' `table.include.list` is made of these.
 */
export const CONNECTOR_TABLES = {
  'fintech-main-connector': ['customers', 'accounts', 'transactions', 'merchants', 'fraud_alerts'],
  'fintech-outbox-connector': ['outbox'],
  'fintech-analytics-connector': ['account_balances', 'customer_sessions'],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type ConnectorName = keyof typeof CONNECTOR_TABLES
export const CONNECTORS = Object.keys(CONNECTOR_TABLES) as ConnectorName[]
export const ANALYTICS_TABLES = CONNECTOR_TABLES['fintech-analytics-connector']

/** Where transactions come from, keyed by `customer_id`: one customer's transactions stay in order. */
export const TRANSACTIONS_TOPIC = 'fintech.transactions'
export const DEAD_LETTER_TOPIC = 'fintech.dead_letter'
export const LATE_TOPIC = 'fintech.late'
/** What somebody on duty has to look at, such as a nightly batch that failed. */
export const OPS_ALERTS_TOPIC = 'fintech.ops.alerts'
/** Partial aggregates of shared keys and the watermarks of their sources, from stage 1 to stage 2. */
export const PARTIALS_TOPIC = 'fintech.internal.partials'
/** State of stage 1: one partition per partition of the source. */
export const STAGE1_CHANGELOG_TOPIC = 'fintech.internal.stage1_changelog'
/** State of stage 2: one partition per partition of the partials. */
export const STAGE2_CHANGELOG_TOPIC = 'fintech.internal.stage2_changelog'

/** The processor's stages, in order: what each reads and where its state is kept. A task is a stage and a partition. */
export const STAGES = [
  { name: 'source', sourceTopic: TRANSACTIONS_TOPIC, changelogTopic: STAGE1_CHANGELOG_TOPIC },
  { name: 'merge', sourceTopic: PARTIALS_TOPIC, changelogTopic: STAGE2_CHANGELOG_TOPIC },
] as const
export type StageName = (typeof STAGES)[number]['name']

export const changeTopic = (table: string): string => `fintech.${table}`
export const eventTopic = (eventType: string): string => `fintech.events.${eventType}`
/** A job's result topic, and an analytics table's change topic. */
export const analyticsTopic = (name: string): string => `fintech.analytics.${name}`
/** The table of schema `analytics` in which a topic's results land: the last part of its name. */
export const resultTable = (topic: string): string => topic.slice(topic.lastIndexOf('.') + 1)

export const PROCESSOR_GROUP = 'fintech-processor'
export const SINK_GROUP = 'fintech-sink'

/** Partitions of every topic whose records are partitioned by a key. */
export const PARTITIONS = 4

/** A topic's fixed settings, as the broker names them. */
export interface TopicSpec {
  name: string
  partitions: number
  configs: Readonly<Record<string, string>>
}

const retained = (days: number): Record<string, string> => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(days * DAY_MS),
})
/** For how long at least a changelog keeps the removal of a key, for who reads it. */
export const CHANGELOG_DELETES_KEPT_MS = 600_000
/** A changelog is read whole at recovery, so it is compacted early and in small segments. */
const compacted: Record<string, string> = {
  'cleanup.policy': 'compact',
  'segment.ms': '600000',
  'segment.bytes': '67108864',
  'min.cleanable.dirty.ratio': '0.3',
  'delete.retention.ms': String(CHANGELOG_DELETES_KEPT_MS),
}

export const OPS_ALERTS: TopicSpec = { name: OPS_ALERTS_TOPIC, partitions: 1, configs: retained(30) }

/** The topics that the processor reads and writes, created at its start where they are missing. */
export function processorTopics(jobIds: readonly string[]): TopicSpec[] {
  return [
    { name: TRANSACTIONS_TOPIC, partitions: PARTITIONS, configs: retained(7) },
    { name: PARTIALS_TOPIC, partitions: PARTITIONS, configs: retained(1) },
    { name: STAGE1_CHANGELOG_TOPIC, partitions: PARTITIONS, configs: compacted },
    { name: STAGE2_CHANGELOG_TOPIC, partitions: PARTITIONS, configs: compacted },
    { name: DEAD_LETTER_TOPIC, partitions: 1, configs: retained(30) },
    { name: LATE_TOPIC, partitions: PARTITIONS, configs: retained(7) },
    ...jobIds.map((id) => ({ name: analyticsTopic(id), partitions: PARTITIONS, configs: retained(7) })),
  ]
}
