import {
  addSettings,
  createLogger,
  createProgram,
  duration,
  kafkaSettings,
  metricsPort,
  names,
  number,
  OperatingError,
  startMetricsServer,
  STOP_WITHIN_MS,
  stopSignal,
  text,
  toggle,
  type Values,
  valuesOf,
} from '@fintech-streams/service'
import { PARTITIONS, PROCESSOR_GROUP, processorTopics, type StageName, STAGES } from '@fintech-streams/contracts'
import { hostname } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { MergeOperator, SourceOperator } from '@fintech-streams/engine'
import { builtInJobs, loadRules, RulesError, type TransactionsJob, transactionStream } from '@fintech-streams/jobs'
import { replayDeadLetters } from './dead-letters.ts'
import { ensureTopics, giveWay, kafkaConnection } from '@fintech-streams/kafka'
import { ProcessorMetrics } from './metrics.ts'
import { resetProcessor } from './reset.ts'
import { kafkaBroker, type Stage, Worker } from './worker.ts'
import { runWorkerProcesses, stopWithParent } from './worker-processes.ts'

const METRICS_PORT = 'PROCESSOR_METRICS_PORT'
const CLIENT_ID = 'fintech-processor'

const runSettings = {
  ...kafkaSettings,
  workers: number({
    env: 'PROCESSOR_WORKERS',
    default: 1,
    min: 1,
    max: 64,
    integer: true,
    help: 'processes that share the partitions; the metrics port of each is ten above the last',
  }),
  jobs: names({
    env: 'PROCESSOR_JOBS',
    default: undefined,
    known: jobIds(),
    help: 'only these jobs, by id; the others count nothing meanwhile',
  }),
  rules: text({
    env: 'PROCESSOR_RULES',
    default: undefined,
    takes: 'file',
    help: 'rules document, by default rules.json',
  }),
  commitInterval: duration({ env: 'PROCESSOR_COMMIT_INTERVAL', default: 100, help: 'between transactions' }),
  checkpointInterval: duration({ env: 'PROCESSOR_CHECKPOINT_INTERVAL', default: 10_000, help: 'between checkpoints' }),
  commitRecords: number({
    env: 'PROCESSOR_COMMIT_RECORDS',
    default: 5_000,
    min: 1,
    max: 1_000_000,
    integer: true,
    help: 'records of one transaction, at most',
  }),
  group: text({ env: 'PROCESSOR_GROUP', default: PROCESSOR_GROUP, takes: 'id', help: 'consumer group' }),
  instanceId: text({
    env: 'PROCESSOR_INSTANCE_ID',
    default: undefined,
    takes: 'id',
    help: 'names this worker across restarts; by default host and metrics port',
  }),
  standby: toggle({
    env: 'PROCESSOR_STANDBY',
    help: "follow the state of the other workers' partitions, to take them over at once; each worker then needs the memory of all partitions",
  }),
  metricsPort: metricsPort(METRICS_PORT, 9101),
}

export const command = createProgram('processor', 'Ten windowed jobs over fintech.transactions, exactly once')

const run = addSettings(
  command.command('run').description('process until SIGTERM, which commits and leaves nothing behind'),
  runSettings,
)
run.action(async () => {
  const values = valuesOf(run, runSettings)
  const { workers } = values
  if (workers > 1) await runWorkerProcesses({ workers, metricsPort: values.metricsPort, onDied: giveWayFor(values) })
  else await runWorker(values)
})

const replaySettings = {
  ...kafkaSettings,
  all: toggle({ help: 'all dead letters' }),
  ids: text({ default: undefined, takes: 'list', help: 'these, as topic/partition/offset, separated by commas' }),
  reason: text({ default: undefined, takes: 'reason', help: 'those with this reason' }),
  values: text({
    default: undefined,
    takes: 'file',
    help: 'corrected values: a line {"id":"topic/partition/offset","value":{…}} each; sends these',
  }),
  dryRun: toggle({ help: 'only list what would be sent' }),
}
const replay = addSettings(
  command
    .command('replay-dead-letters')
    .description('send chosen dead letters to their topic again, with a header that says so'),
  replaySettings,
)
replay.action(async () => {
  const values = valuesOf(replay, replaySettings)
  await replayDeadLetters(kafkaConnection(values, CLIENT_ID), values, (line) => console.log(line))
})

const resetSettings = {
  ...kafkaSettings,
  group: runSettings.group,
  results: toggle({ help: 'also delete the topics of results, late records and dead letters' }),
  yes: toggle({ help: 'do it' }),
}
const reset = addSettings(
  command.command('reset').description('forget all state and start from the source again; results are written anew'),
  resetSettings,
)
reset.action(async () => {
  const values = valuesOf(reset, resetSettings)
  const options = { groupId: values.group, confirmed: values.yes, resultsOf: values.results ? jobIds() : [] }
  await resetProcessor(kafkaConnection(values, CLIENT_ID), options, (line) => console.log(line))
})

type RunValues = Values<typeof runSettings>

/** Names a worker in its group. */
function instanceIdOf(values: RunValues, metricsPort: number, pid: number): string {
  return values.instanceId ?? `${hostname()}-${metricsPort === 0 ? pid : metricsPort}`
}

/** With standbys, a dead worker's partitions are the others' as soon as its parent has seen it die. */
function giveWayFor(values: RunValues): (worker: { metricsPort: number; pid: number }) => Promise<void> {
  const logger = createLogger('processor')
  return async ({ metricsPort: port, pid }) => {
    if (!values.standby) return
    const connection = kafkaConnection(values, CLIENT_ID)
    try {
      await giveWay({ connection, groupId: values.group, instanceId: instanceIdOf(values, port, pid) })
    } catch (error) {
      logger.warn({ err: error }, 'cannot take the dead worker out of its group: its session time-out will')
    }
  }
}

async function runWorker(values: RunValues): Promise<void> {
  // Otherwise every 64 MB of buffers, however short their life, are a full collection of all state: docs/adr/0010.
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  const signal = stopSignal(STOP_WITHIN_MS)
  stopWithParent()
  const logger = createLogger('processor')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const jobs = chosenJobs(values)
  const connection = kafkaConnection(values, CLIENT_ID)
  // Before there is a worker nothing can be lost, and brokers that are away do not hold up the end.
  const end = (): void => process.exit()
  signal.addEventListener('abort', end)
  await ensureTopics(connection, processorTopics(jobs.map(({ id }) => id)), logger)
  signal.removeEventListener('abort', end)
  const stages = stagesOf(jobs)
  const worker = new Worker({
    groupId: values.group,
    openBroker: kafkaBroker({
      connection,
      groupId: values.group,
      instanceId: instanceIdOf(values, values.metricsPort, process.pid),
      topics: stages.map(({ sourceTopic }) => sourceTopic),
      logger,
    }),
    stages,
    settings: {
      commitIntervalMs: values.commitInterval,
      checkpointIntervalMs: values.checkpointInterval,
      commitRecordsMax: values.commitRecords,
    },
    standby: values.standby,
    metrics: new ProcessorMetrics(registry),
    logger,
  })
  const server = await startMetricsServer({
    port: values.metricsPort,
    portVariable: METRICS_PORT,
    registry,
    isReady: () => worker.isReady,
    notReady: () => worker.notReady,
  })
  await worker.run(signal)
  await server?.close()
}

function stagesOf(jobs: readonly TransactionsJob[]): Stage[] {
  const createOperator: Readonly<Record<StageName, Stage['createOperator']>> = {
    source: (partition) =>
      new SourceOperator({ ...transactionStream(), jobs, partition, outputPartitions: PARTITIONS }),
    merge: (partition) => new MergeOperator({ jobs, partition, sourcePartitions: PARTITIONS }),
  }
  return STAGES.map((stage) => ({ ...stage, createOperator: createOperator[stage.name] }))
}

function chosenJobs(values: Values<typeof runSettings>): TransactionsJob[] {
  try {
    const jobs = builtInJobs(loadRules(values.rules))
    return values.jobs === undefined ? jobs : jobs.filter(({ id }) => values.jobs?.includes(id))
  } catch (error) {
    if (error instanceof RulesError) throw new OperatingError(error.code, error.message, error)
    throw error
  }
}

function jobIds(): string[] {
  return builtInJobs(loadRules()).map(({ id }) => id)
}
