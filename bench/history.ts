/**
 * Whether cost grows with history. Throughput over the same transactions of 1,000 customers, once with nobody else in
 * state and once with 1,000,000 customers in state before; where one customer has half of all transactions; and where
 * every transaction is of another customer, which is more work: each then has windows and results of its own.
 * With all those customers in state: how long it takes from kill -9 until the worker is live again, and with `--standby`
 * until one of two workers has taken over from the other.
 *
 * node bench/history.ts --customers 1000000 --records 500000
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  addSettings,
  createProgram,
  number,
  OperatingError,
  runProgram,
  toggle,
  valuesOf,
} from '@fintech-streams/service'
import { minutes, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { kafkaOf, type Stack, stopStack } from '@fintech-streams/local'
import {
  BROKER_CORE,
  benchFolder,
  forgetResults,
  openBenchStack,
  startBroker,
  withAdmin,
  WORKER_CORE,
} from './src/bench-stack.ts'
import { markdown, oneDigit, whole } from './src/figures.ts'
import { endMs, prefillFile, produceFile, type Workload } from './src/prefill.ts'
import { type Takeover, takeovers, type TakeoverTraffic } from './src/takeover.ts'
import {
  type Mark,
  ProcessorWorker,
  rateBetween,
  sampleSum,
  untilReady,
  type WorkerOptions,
} from './src/processor-run.ts'

const FEW = 1_000
const SAMPLE_MS = 250
/** Of two workers, one has the broker's core. */
const BOTH_CORES = `${BROKER_CORE},${WORKER_CORE}`
const RECOVER_WITHIN_MS = 120_000
/** Longer than the time between two checkpoints. */
const CHECKPOINTED_AFTER_MS = 12_000

/** What comes between the last checkpoint and the kill, and has to be replayed; at 1,000 a second, all of 10 s. */
const SINCE_CHECKPOINT: Workload = { transactions: 10_000, customers: FEW, skew: 0.8, stepMs: 1 }
const PROCESSED_AFTER_MS = 3_000
/** What is there already when the worker comes back. */
const NEXT: Workload = { ...SINCE_CHECKPOINT, transactions: 1_000 }

const settings = {
  customers: number({ default: 1_000_000, min: 1_000, max: 10_000_000, integer: true, help: 'customers in state' }),
  records: number({ default: 500_000, min: 1_000, max: 100_000_000, integer: true, help: 'transactions measured' }),
  kills: number({ default: 3, min: 0, max: 100, integer: true, help: 'times that the worker is killed' }),
  standby: toggle({ help: 'then kill as often one of two workers that are standbys of each other' }),
  onlyKills: toggle({ help: 'only fill the state and kill, without the measurements of throughput' }),
}

/** A row of the table. */
interface Row {
  name: string
  perSecond: number
  peakMb: number
}

const program = createProgram('history', 'Throughput and recovery with many customers in state')
addSettings(program, settings).action(async () => {
  const { customers, records, kills, standby, onlyKills } = valuesOf(program, settings)
  const few: Workload = { transactions: records, customers: FEW, skew: 0.8, stepMs: minutes(60) / records }
  const each: Workload = { transactions: customers, customers, skew: 'each', stepMs: minutes(60) / customers }
  const stack = await openBenchStack('history')
  try {
    await startBroker(stack)
    const rows: (Row | undefined)[] = []
    if (!onlyKills) {
      const hotHalf = { ...few, hotShare: 0.5 }
      rows.push(...(await measure(stack, 'few', [few], ['1,000 customers'])))
      rows.push(...(await measure(stack, 'hot', [hotHalf], ['1,000 customers, one with half of all'])))
    }
    const workloads = onlyKills ? [each] : [each, few]
    const name = `1,000 customers, ${whole(customers)} in state`
    let recoveries: Recovery[] = []
    let taken: Takeover[] = []
    const [first, after] = await measure(
      stack,
      'many',
      workloads,
      [`${whole(customers)} customers, one transaction each`, name],
      async (worker, options) => {
        const traffic = trafficOf(stack, endMs({ seed: 0, workloads, closes: false }))
        recoveries = await killed(stack, worker, options, kills, traffic)
        if (standby) taken = await takeovers(stack, { ...options, cores: BOTH_CORES }, kills, traffic)
      },
    )
    rows.push(after, first)
    if (!onlyKills) console.log(`\n${throughputTable(rows.filter((row) => row !== undefined))}`)
    if (recoveries.length > 0) console.log(`\n${recoveryTable(recoveries)}`)
    if (taken.length > 0) console.log(`\n${takeoverTable(taken)}`)
  } finally {
    await stopStack(stack)
  }
})
await runProgram(program)

/** Runs one worker over the workloads and gives the middle rate of each. */
async function measure(
  stack: Stack,
  group: string,
  workloads: readonly Workload[],
  names: readonly string[],
  afterwards?: (worker: ProcessorWorker, options: WorkerOptions) => Promise<void>,
): Promise<Row[]> {
  await forgetResults(stack, { source: true })
  const path = await prefillFile(benchFolder(), { seed: 3, workloads, closes: false })
  const total = await produceFile(kafkaOf(stack, 'bench'), path)
  const options = { group: `history-${group}`, cores: WORKER_CORE, metricsPort: stack.ports.processorMetrics }
  const worker = new ProcessorWorker(stack, options)
  try {
    const marks: Mark[] = [{ atMs: performance.now(), records: 0 }]
    while (marks.at(-1)!.records < total) {
      await sleep(SAMPLE_MS)
      marks.push({ atMs: performance.now(), records: (await worker.committed()).source })
    }
    const peakMb = worker.peakMb()
    let before = 0
    const rows = workloads.map(({ transactions }, at) => {
      const from = before + transactions * 0.1
      const to = before + transactions * 0.9
      before += transactions
      const first = marks.find((mark) => mark.records >= from)!
      const last = marks.find((mark) => mark.records >= to)!
      return { name: names[at] ?? '', perSecond: rateBetween(first, last), peakMb }
    })
    for (const row of rows) console.log(`${row.name}: ${whole(row.perSecond)}/s`)
    await afterwards?.(worker, options)
    return rows
  } finally {
    await worker.end()
  }
}

/** What a restart after kill -9 took, from the start of the new process. */
interface Recovery {
  readyMs: number
  committedMs: number
  customers: number
}

/** Sends what comes before each kill and after it, in event time from `beganMs` on. */
function trafficOf(stack: Stack, beganMs: number): TakeoverTraffic {
  let startMs = beganMs
  const send = async (workload: Workload): Promise<void> => {
    const prefill = { seed: 4, workloads: [workload], startMs, closes: false }
    startMs = endMs(prefill)
    await produceFile(kafkaOf(stack, 'bench'), await prefillFile(benchFolder(), prefill))
  }
  return {
    before: async () => {
      await sleep(CHECKPOINTED_AFTER_MS)
      await send(SINCE_CHECKPOINT)
      await sleep(PROCESSED_AFTER_MS)
    },
    after: () => send(NEXT),
  }
}

async function killed(
  stack: Stack,
  first: ProcessorWorker,
  options: WorkerOptions,
  kills: number,
  traffic: TakeoverTraffic,
): Promise<Recovery[]> {
  const recoveries: Recovery[] = []
  let worker = first
  for (let kill = 0; kill < kills; kill += 1) {
    await traffic.before()
    const page = (await worker.metrics()) ?? ''
    await worker.end('SIGKILL')
    const before = await committedOffsets(stack, options.group)
    await traffic.after()
    const restartedMs = performance.now()
    worker = new ProcessorWorker(stack, options)
    try {
      await untilReady(worker)
      const readyMs = performance.now() - restartedMs
      await untilBeyond(stack, options.group, before)
      const committedMs = performance.now() - restartedMs
      recoveries.push({ readyMs, committedMs, customers: sampleSum(page, 'processor_state_entries', 'stage="source"') })
      console.log(
        `killed ${kill + 1}: live after ${whole(readyMs)} ms, first new commit after ${whole(committedMs)} ms`,
      )
    } catch (error) {
      await worker.end()
      throw error
    }
  }
  await worker.end()
  return recoveries
}

async function untilBeyond(stack: Stack, group: string, before: number): Promise<void> {
  const deadlineMs = Date.now() + RECOVER_WITHIN_MS
  while ((await committedOffsets(stack, group)) <= before) {
    if (Date.now() > deadlineMs) throw new OperatingError('bench_failed', 'the worker did not commit again in time')
    await sleep(SAMPLE_MS / 5)
  }
}

/** The sum of the group's committed offsets of the source. */
async function committedOffsets(stack: Stack, group: string): Promise<number> {
  return withAdmin(stack, async (admin) => {
    const groups = await admin.listConsumerGroupOffsets({ groups: [group] })
    const source = groups.flatMap(({ topics }) => topics).filter(({ name }) => name === TRANSACTIONS_TOPIC)
    return source
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { committedOffset }) => sum + Number(committedOffset), 0)
  })
}

function throughputTable(rows: readonly Row[]): string {
  const base = rows[0]?.perSecond ?? NaN
  return markdown([
    ['transactions of', 'records/s, middle 80 %', 'against the first', 'peak MB'],
    ...rows.map(({ name, perSecond, peakMb }) => [
      name,
      whole(perSecond),
      `${whole((perSecond / base) * 100)} %`,
      whole(peakMb),
    ]),
  ])
}

function recoveryTable(recoveries: readonly Recovery[]): string {
  return markdown([
    ['kill -9', 'customers in state', 'live again after s', 'first new commit after s'],
    ...recoveries.map(({ readyMs, committedMs, customers }, at) => [
      String(at + 1),
      whole(customers),
      oneDigit(readyMs / 1_000),
      oneDigit(committedMs / 1_000),
    ]),
  ])
}

function takeoverTable(taken: readonly Takeover[]): string {
  return markdown([
    [
      'kill -9 of one of two',
      'customers in state',
      'first new commit after s',
      'in every partition after s',
      'back after s',
    ],
    ...taken.map(({ how, customers, firstMs, lastMs, backMs }) => [
      how,
      whole(customers),
      oneDigit(firstMs / 1_000),
      oneDigit(lastMs / 1_000),
      oneDigit(backMs / 1_000),
    ]),
  ])
}
