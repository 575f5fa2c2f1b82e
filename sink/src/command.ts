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
  stopSignal,
  valuesOf,
} from '@fintech-streams/service'
import { DAY_MS, SINK_GROUP } from '@fintech-streams/contracts'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { kafkaConnection, KafkaResultLog, PartitionReader, requireKafkaAccess } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { DeadLetters } from './dead-letters.ts'
import { SinkMetrics } from './metrics.ts'
import { ResultSink } from './sink.ts'
import { ResultStore } from './store.ts'
import { sinkTables } from './tables.ts'

const METRICS_PORT = 'SINK_METRICS_PORT'

const settings = {
  ...kafkaSettings,
  ...postgresSettings,
  commitInterval: duration({ env: 'SINK_COMMIT_INTERVAL', default: 100, help: 'between database transactions' }),
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
  const signal = stopSignal()
  const logger = createLogger('sink')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const connection = kafkaConnection(values, 'fintech-sink')
  const postgres = postgresConnection(values)
  await requireKafkaAccess(connection)
  const tables = sinkTables(new Map(builtInJobs(loadRules()).map(({ id, result }) => [id, result])))
  const deadLetters = new DeadLetters(connection)
  const sink = new ResultSink({
    tables,
    settings: {
      commitIntervalMs: values.commitInterval,
      batchRecordsMax: values.batchRecords,
      retentionMs: values.retention,
    },
    openLog: () => new KafkaResultLog(connection, (topics) => new PartitionReader(connection, SINK_GROUP, topics)),
    openStore: () => ResultStore.connect(postgres),
    sendDeadLetters: (refused) => deadLetters.send(refused),
    metrics: new SinkMetrics(registry),
    logger,
  })
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: METRICS_PORT,
    registry,
    isReady: () => sink.isReady,
  })
  try {
    await sink.run(signal)
  } finally {
    await Promise.allSettled([server?.close(), deadLetters.close()])
  }
})
