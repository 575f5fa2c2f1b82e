import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { type KafkaConnection, kafkaConnection } from '@fintech-streams/kafka'
import { kafkaSettings, OperatingError, valuesFromEnvironment } from '@fintech-streams/service'
import { javaCommand, prepareJava, runJavaTool } from './java.ts'
import { type ProcessSpec } from './process-spec.ts'
import { PORTS, variableOf, type Stack } from './stack.ts'

/** One collector thread, and the first compiler alone: the second one costs minutes and makes a broker no cheaper. */
const OPTIONS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const HEAP_MB = 512
const PROBE_TIMEOUT_MS = 3_000

export const kafka = (stack: Stack): ProcessSpec => ({
  name: 'kafka',
  needs: [],
  ports: [
    { port: stack.ports.kafka, variable: variableOf(PORTS.kafka) },
    { port: stack.ports.kafkaController, variable: variableOf(PORTS.kafkaController) },
  ],
  memory: `${HEAP_MB} MB heap`,
  prepare: formatStorage,
  command: async () =>
    javaCommand(stack, {
      name: 'kafka',
      heapMb: HEAP_MB,
      options: OPTIONS,
      mainClass: 'kafka.Kafka',
      args: [brokerFile(stack)],
      env: brokerEnvironment(stack),
    }),
  probe: answersMetadata,
  readyWithinMs: 90_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 30_000,
})

/** The connection to the stack's broker, as its programs have it. */
export const kafkaOf = (stack: Stack, clientId: string): KafkaConnection =>
  kafkaConnection(valuesFromEnvironment(kafkaSettings, stack.env), clientId)

/** The answer to a metadata request names this broker: it is registered, unfenced and listens. */
async function answersMetadata(stack: Stack): Promise<void> {
  const admin = new Admin({
    ...kafkaOf(stack, 'fintech-local-probe'),
    retries: 0,
    connectTimeout: PROBE_TIMEOUT_MS,
    timeout: PROBE_TIMEOUT_MS,
  })
  try {
    const { brokers } = await admin.metadata({ topics: [], retries: 0 })
    const ports = [...brokers.values()].map((broker) => broker.port)
    if (!ports.includes(stack.ports.kafka)) throw new Error('the broker is not registered with its controller yet')
  } finally {
    await admin.close()
  }
}

/** Gives the data folder the identity of a new cluster, unless it has one. */
async function formatStorage(stack: Stack): Promise<void> {
  await prepareJava(stack, 'kafka')
  if (existsSync(join(brokerFolder(stack), 'meta.properties'))) return
  mkdirSync(brokerFolder(stack), { recursive: true })
  const clusterId = randomBytes(16).toString('base64url')
  // With `=`: an id may begin with a dash. The version of transactions: docs/adr/0103.
  const format = [
    'format',
    `--cluster-id=${clusterId}`,
    ...['--feature', 'transaction.version=1'],
    ...['--config', brokerFile(stack)],
  ]
  try {
    await runJavaTool(stack, 'kafka.tools.StorageTool', format, brokerEnvironment(stack))
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new OperatingError('kafka_format', `Kafka could not format ${brokerFolder(stack)}: ${stderr.trim()}`, error)
  }
}

/** What `broker.properties` leaves to its launcher, under the names that Kafka's own container image uses, too. */
function brokerEnvironment(stack: Stack): Record<string, string> {
  const { kafka: port, kafkaController } = stack.ports
  return {
    KAFKA_LISTENERS: `INTERNAL://localhost:${port},CONTROLLER://localhost:${kafkaController}`,
    KAFKA_ADVERTISED_LISTENERS: `INTERNAL://localhost:${port}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${kafkaController}`,
    KAFKA_LOG_DIRS: brokerFolder(stack),
  }
}

const brokerFile = (stack: Stack): string => join(stack.checkout, 'docker/kafka/broker.properties')
/** Where the broker keeps its topics. */
export const brokerFolder = (stack: Stack): string => join(stack.dataDir, 'kafka')
