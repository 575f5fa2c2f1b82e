import { type Logger, startMetricsServer, type Values } from '@fintech-streams/service'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { kafkaConnection, KafkaTopicLog, requireKafkaAccess, runConsumer } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { COUNTER_METRICS_PORT, type counterSettings } from './settings.ts'
import { CounterBatch } from './batch.ts'
import { CounterMetrics } from './metrics.ts'
import { CounterStore } from './store.ts'

/** Interval of commits without records, which only say that everything is counted. */
const SIGN_OF_LIFE_MS = 500

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
  const metrics = new CounterMetrics(registry)
  const { status } = metrics
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: COUNTER_METRICS_PORT,
    registry,
    isReady: () => status.isReady,
    notReady: () => status.notReady,
  })
  const { retentionDays, horizon: horizonMs } = values
  try {
    await runConsumer(
      {
        name: 'counter',
        topics: [TRANSACTIONS_TOPIC],
        log: () => new KafkaTopicLog(connection),
        store: () => CounterStore.connect(postgres, { retentionDays, horizonMs, metrics, logger }),
        batch: (store) => new CounterBatch((partition) => store.counterOf(partition)),
        limits: {
          records: values.batchRecords,
          intervalMs: values.commitInterval,
          idleIntervalMs: SIGN_OF_LIFE_MS,
        },
        // The ids of the horizon hold for another topic of the name, too: what it brings again is not counted again.
        onRecreatedTopic: 'restart',
        status,
        logger,
      },
      signal,
    )
  } finally {
    await server?.close()
  }
}
