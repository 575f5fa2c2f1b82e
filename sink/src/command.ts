import {
  addSettings,
  createLogger,
  createProgram,
  duration,
  kafkaSettings,
  metricsPort,
  number,
  postgresSettings,
  startMetricsServer,
  STOP_WITHIN_MS,
  stopSignal,
  valuesOf,
} from '@fintech-streams/service'
import { DAY_MS } from '@fintech-streams/contracts'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { kafkaConnection, KafkaTopicLog, requireKafkaAccess, runConsumer } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { ResultBatch } from './batch.ts'
import { DeadLetters } from './dead-letters.ts'
import { SinkMetrics } from './metrics.ts'
import { ResultStore } from './store.ts'
import { sinkTables } from './tables.ts'

const METRICS_PORT = 'SINK_METRICS_PORT'
const BATCH_BYTES_MAX = 16 << 20

const settings = {
  ...kafkaSettings,
  ...postgresSettings,
  commitInterval: duration({ env: 'SINK_COMMIT_INTERVAL', default: 200, help: 'between database transactions' }),
  batchRecords: number({
    env: 'SINK_BATCH_RECORDS',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    integer: true,
    help: 'records of one database transaction, about',
  }),
  retention: duration({ env: 'SINK_RETENTION', default: 35 * DAY_MS, help: 'event time that the tables keep' }),
  metricsPort: metricsPort(METRICS_PORT, 9102),
}

export const command = createProgram(
  'sink',
  'Results of the jobs, late and malformed records to Postgres, exactly once',
)
addSettings(command, settings).action(async () => {
  const values = valuesOf(command, settings)
  const signal = stopSignal(STOP_WITHIN_MS)
  const logger = createLogger('sink')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const connection = kafkaConnection(values, 'fintech-sink')
  const postgres = postgresConnection(values)
  await requireKafkaAccess(connection)
  const tables = sinkTables(new Map(builtInJobs(loadRules()).map(({ id, result }) => [id, result])))
  const byTopic = new Map(tables.map((table) => [table.topic, table]))
  const deadLetters = new DeadLetters(connection)
  const metrics = new SinkMetrics(registry)
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: METRICS_PORT,
    registry,
    isReady: () => metrics.status.isReady,
    notReady: () => metrics.status.notReady,
  })
  try {
    await runConsumer(
      {
        name: 'sink',
        topics: [...byTopic.keys()],
        log: () => new KafkaTopicLog(connection),
        store: () =>
          ResultStore.connect(postgres, {
            tables,
            retentionMs: values.retention,
            sendDeadLetters: (refused) => deadLetters.send(refused),
            metrics,
            logger,
          }),
        batch: () => new ResultBatch(byTopic),
        limits: { records: values.batchRecords, bytes: BATCH_BYTES_MAX, intervalMs: values.commitInterval },
        onRecreatedTopic: 'restart',
        status: metrics.status,
        logger,
      },
      signal,
    )
  } finally {
    await Promise.allSettled([server?.close(), deadLetters.close()])
  }
})
