import {
  createLogger,
  kafkaSettings,
  metricsPort,
  postgresSettings,
  startMetricsServer,
  stopSignal,
  toggle,
  type Values,
} from '@fintech-streams/service'
import { kafkaConnection, PartitionReader, KafkaResultLog, requireKafkaAccess } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { registerNightlyMetrics } from '../nightly/metrics.ts'
import { loadRules, quarantineRules, rulesSettings } from '../rules.ts'
import { IndexStream } from '../stream/index-stream.ts'
import { IndexStreamMetrics } from '../stream/metrics.ts'
import { IndexStore } from '../stream/store.ts'
import { LakeMetrics } from './metrics.ts'
import { lakeSettings, openDuckDb, openLake, writerSettings } from './settings.ts'
import { LakeWriter } from './writer.ts'

/** Names the reader to the broker; it commits nothing there. */
const READER_GROUP = 'fintech-lake'
const METRICS_PORT = 'LAKE_METRICS_PORT'

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
 */
export async function runLake(values: Values<typeof lakeCommandSettings>): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([stopSignal(), stop.signal])
  const logger = createLogger('lake')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  registerNightlyMetrics(registry, values.lakeDir)
  const connection = kafkaConnection(values, 'fintech-lake')
  const postgres = postgresConnection(values)
  await requireKafkaAccess(connection)
  const openLog = (): KafkaResultLog =>
    new KafkaResultLog(connection, (topics) => new PartitionReader(connection, READER_GROUP, topics))
  const rules = quarantineRules(loadRules(values.rulesFile))
  const db = await openDuckDb(values)
  const { flushInterval: flushIntervalMs, flushRows: flushRowsMax } = values
  const metrics = new LakeMetrics(registry)
  const writer = new LakeWriter({
    lake: openLake(values),
    db,
    openLog,
    rules,
    flushIntervalMs,
    flushRowsMax,
    metrics,
    logger,
  })
  const openStore = (): Promise<IndexStore> => IndexStore.connect(postgres)
  const indexes = new IndexStream({
    openLog,
    openStore,
    metrics: new IndexStreamMetrics(registry),
    logger: logger.child({ part: 'indexes' }),
  })
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: METRICS_PORT,
    registry,
    isReady: () => writer.isReady && indexes.isReady,
  })
  try {
    const running = [writer.run(signal, values.untilCaughtUp), indexes.run(signal, values.untilCaughtUp)]
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
