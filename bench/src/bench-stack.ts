import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { analyticsTopic, JOB_IDS, processorTopics, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import {
  clean,
  freePorts,
  kafkaOf,
  openStack,
  PORT_NAMES,
  processInfo,
  type Stack,
  startProcesses,
} from '@fintech-streams/local'
import { Admin } from '@platformatic/kafka'

/** Which processors of the machine the parts run on, as `taskset` takes them. */
export const BROKER_CORE = '0'
export const WORKER_CORE = '1'

/** Deleted topics are gone from the metadata within this. */
const GONE_WITHIN_MS = 30_000
const POLL_MS = 200

/** A stack with a data folder and ports of its own, cleaned; nothing of it runs yet. */
export async function openBenchStack(name: string): Promise<Stack> {
  const free = await freePorts(PORT_NAMES.length)
  const ports = Object.fromEntries(PORT_NAMES.map((portName, at) => [portName, free[at] ?? 0]))
  const stack = openStack({ dataDir: join(benchFolder(), name), ports })
  await clean(stack, false, () => undefined)
  return stack
}

/** Where benches keep what they make. */
export const benchFolder = (): string => join(openStack().checkout, '.data/bench')

export const bootstrapOf = (stack: Stack): string => `localhost:${stack.ports.kafka}`

/** Starts a broker on its core, with an empty source topic. */
export async function startBroker(stack: Stack, cores = BROKER_CORE): Promise<void> {
  await startProcesses(stack, ['kafka'])
  const { pid } = processInfo(stack, 'kafka')
  if (pid === undefined)
    throw new OperatingError('bench_failed', 'the broker has no pid: it ended just after its start')
  pin(pid, cores)
  await createSourceTopic(stack)
}

/** The topic that the processor makes when it starts, for stacks without one. */
export async function createSourceTopic(stack: Stack): Promise<void> {
  await withAdmin(stack, async (admin) => createTopics(admin, [TRANSACTIONS_TOPIC]))
}

/** Moves a process and its threads to some cores. */
export function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' })
}

/** Deletes what runs have written: every topic but the source, which with `source` is deleted and recreated. */
export async function forgetResults(stack: Stack, { source }: { source: boolean }): Promise<void> {
  const all = await withAdmin(stack, async (admin) => admin.listTopics())
  await deleteTopics(
    stack,
    all.filter((name) => !name.startsWith('__') && (source || name !== TRANSACTIONS_TOPIC)),
  )
  if (source) await createSourceTopic(stack)
}

/** Deletes those of the topics that exist, and waits until they are gone. */
export async function deleteTopics(stack: Stack, topics: readonly string[]): Promise<void> {
  await withAdmin(stack, async (admin) => {
    const existing = async (): Promise<string[]> => (await admin.listTopics()).filter((name) => topics.includes(name))
    const doomed = await existing()
    if (doomed.length > 0) await admin.deleteTopics({ topics: doomed })
    const deadlineMs = Date.now() + GONE_WITHIN_MS
    while ((await existing()).length > 0) {
      if (Date.now() > deadlineMs) throw new OperatingError('bench_failed', 'the broker did not delete topics in time')
      await sleep(POLL_MS)
    }
  })
}

/** Where Flink writes a job's results. */
export const FLINK_PREFIX = 'flink.analytics.'
export const FLINK_TOPICS: readonly string[] = JOB_IDS.map((id) => `${FLINK_PREFIX}${id}`)

/** The topics that the Flink jobs write, with the settings of the processor's. */
export async function createFlinkTopics(stack: Stack): Promise<void> {
  await withAdmin(stack, async (admin) => createTopics(admin, JOB_IDS.map(analyticsTopic), FLINK_PREFIX))
}

async function createTopics(admin: Admin, names: readonly string[], prefix?: string): Promise<void> {
  for (const { name, partitions, configs } of processorTopics(JOB_IDS).filter((topic) => names.includes(topic.name))) {
    await admin.createTopics({
      topics: [prefix === undefined ? name : name.replace(/^.*\./, prefix)],
      partitions,
      replicas: 1,
      configs: Object.entries(configs).map(([configName, value]) => ({ name: configName, value })),
    })
  }
}

/** Works with a connection for administration. */
export async function withAdmin<T>(stack: Stack, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ ...kafkaOf(stack, 'bench'), retries: 5, retryDelay: 300 })
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}
