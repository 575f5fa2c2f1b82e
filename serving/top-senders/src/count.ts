import { type Logger, startMetricsServer, type Values } from '@fintech-streams/service'
import { kafkaConnection, PartitionReader, KafkaResultLog, requireKafkaAccess } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { COUNTER_METRICS_PORT, type counterSettings } from './settings.ts'
import { TopSendersCounter } from './counter.ts'
import { CounterMetrics } from './metrics.ts'
import { CounterStore } from './store.ts'

/** A name for the client's sake: the counter is in no group, its offsets are in the database. */
const GROUP = 'fintech-counter'

/** Counts until the signal. */
export async function count(
  values: Values<typeof counterSettings>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const connection = kafkaConnection(values, 'fintech-counter')
  const postgres = postgresConnection(values)
  await requireKafkaAccess(connection)
  const counter = new TopSendersCounter({
    settings: {
      commitIntervalMs: values.commitInterval,
      batchRecordsMax: values.batchRecords,
      horizonMs: values.horizon,
    },
    openLog: () => new KafkaResultLog(connection, (topics) => new PartitionReader(connection, GROUP, topics)),
    openStore: () => CounterStore.connect(postgres, values.retentionDays),
    metrics: new CounterMetrics(registry),
    logger,
  })
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: COUNTER_METRICS_PORT,
    registry,
    isReady: () => counter.isReady,
  })
  try {
    await counter.run(signal)
  } finally {
    await server?.close()
  }
}
