import {
  createLogger,
  kafkaSettings,
  metricsPort,
  postgresSettings,
  startMetricsServer,
  STOP_WITHIN_MS,
  stopSignal,
  toggle,
  type Values,
} from '@fintech-streams/service'
import { kafkaConnection, KafkaTopicLog, requireKafkaAccess, runConsumer } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { registerNightlyMetrics } from '../nightly/metrics.ts'
import { loadRules, quarantineRules, rulesSettings } from '../rules.ts'
import { transactionJudge } from './decode.ts'
import { IndexBatch } from '../stream/batch.ts'
import { IndexStreamMetrics } from '../stream/metrics.ts'
import { IndexStore } from '../stream/store.ts'
import { LakeBatch } from './batch.ts'
import { LakeMetrics } from './metrics.ts'
import { lakeSettings, openDuckDb, openLake, writerSettings } from './settings.ts'
import { LAKE_TOPICS } from './topics.ts'
import { LakeWriter } from './writer.ts'

const METRICS_PORT = 'LAKE_METRICS_PORT'
const BATCH_BYTES_MAX = 128 << 20
/** The indexes are fresh within a second. */
const INDEX_LIMITS = { records: 20_000, intervalMs: 500 }

export const lakeCommandSettings = {
  ...kafkaSettings,
  ...postgresSettings,
  ...lakeSettings,
  ...writerSettings,
  ...rulesSettings,
  metricsPort: metricsPort(METRICS_PORT, 9104),
  untilCaughtUp: toggle({ help: 'end when everything that is in Kafka now has been written' }),
}

/**
 * Writes the lake, and fraud_index and ops_index in Postgres, until SIGTERM. Each has offsets of its own: when Postgres
 * is down, the lake goes on.
 * @throws OperatingError when one of them cannot go on, such as for a refused password; then both end.
 */
export async function runLake(values: Values<typeof lakeCommandSettings>): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([stopSignal(STOP_WITHIN_MS), stop.signal])
  const logger = createLogger('lake')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  registerNightlyMetrics(registry, values.lakeDir)
  const connection = kafkaConnection(values, 'fintech-lake')
  const postgres = postgresConnection(values)
  await requireKafkaAccess(connection)
  const log = (): KafkaTopicLog => new KafkaTopicLog(connection)
  const judge = transactionJudge(quarantineRules(loadRules(values.rulesFile)))
  const db = await openDuckDb(values)
  const lake = openLake(values)
  const metrics = new LakeMetrics(registry)
  const indexMetrics = new IndexStreamMetrics(registry)
  const statuses = [metrics.status, indexMetrics.status]
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: METRICS_PORT,
    registry,
    isReady: () => statuses.every(({ isReady }) => isReady),
    notReady: () => statuses.flatMap(({ notReady }) => notReady ?? []).join('; ') || undefined,
  })
  const common = { topics: LAKE_TOPICS, log, untilCaughtUp: values.untilCaughtUp }
  const indexLogger = logger.child({ part: 'indexes' })
  try {
    const running = [
      runConsumer(
        {
          ...common,
          name: 'lake writer',
          store: async () => new LakeWriter({ lake, db, metrics, logger }),
          batch: () => new LakeBatch(judge),
          limits: { records: values.flushRows, bytes: BATCH_BYTES_MAX, intervalMs: values.flushInterval },
          // The nightly batch keeps one of each transaction.
          onRecreatedTopic: 'restart',
          status: metrics.status,
          logger,
        },
        signal,
      ),
      runConsumer(
        {
          ...common,
          name: 'index stream',
          store: () => IndexStore.connect(postgres, indexMetrics, indexLogger),
          batch: (store) => new IndexBatch((partition) => store.hasChanged(partition)),
          limits: INDEX_LIMITS,
          // A transaction that comes again is counted already, and a verdict replaces itself.
          onRecreatedTopic: 'restart',
          status: indexMetrics.status,
          logger: indexLogger,
        },
        signal,
      ),
    ]
    // When the one cannot go on, the other ends as it would at a SIGTERM.
    for (const each of running) each.catch(() => stop.abort())
    const outcomes = await Promise.allSettled(running)
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason as Error
  } finally {
    await server?.close()
    db.close()
  }
}
