/**
 * How long it takes until a verdict can be read, by a reader of committed data.
 *
 * From Kafka: an open loop sends transactions to the topic; the time runs from the moment each was due.
 * From Postgres: the generator writes at a fixed rate through the whole stack; the time runs from the commit in Postgres,
 * as Debezium states it.
 *
 * node bench/latency.ts --from kafka --rates 1000,10000 --intervals 100ms,20ms
 * node bench/latency.ts --from postgres --rates 1000
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  addSettings,
  createProgram,
  duration,
  list,
  number,
  OperatingError,
  runProgram,
  shownDuration,
  text,
  UsageError,
  valuesOf,
} from '@fintech-streams/service'
import { analyticsTopic, hours, minutes, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { commandLine, kafkaOf, type Stack, startProcesses, stopStack } from '@fintech-streams/local'
import { forgetResults, openBenchStack, startBroker, WORKER_CORE } from './src/bench-stack.ts'
import { markdown, quantileOf, whole } from './src/figures.ts'
import { numberOf, OpenLoop } from './src/open-loop.ts'
import { ProcessorWorker, untilReady } from './src/processor-run.ts'
import { TopicFollower } from './src/topic-follower.ts'

const VERDICTS = analyticsTopic('fraud_detection')
/** Verdicts that are still missing this long after the last transaction never come. */
const DRAIN_MS = 60_000
/** Without a new transaction for this long, all have come. */
const QUIET_MS = 3_000
const CUSTOMERS = 10_000
/** Transactions that show that the pipeline is through with the reference data. */
const FIRST_PER_SECOND = 20
const FIRST_MS = 5_000

const settings = {
  from: text({ default: 'kafka', takes: 'kafka|postgres', help: 'where the time begins' }),
  rates: list(number({ default: 1_000, min: 1, integer: true, help: 'transactions a second, one rate after another' })),
  intervals: list(duration({ default: 100, help: 'commit intervals, one after another' })),
  duration: duration({ default: 70_000, help: 'of each run, warm-up included' }),
  warmUp: duration({ default: 10_000, help: 'not counted: caches fill, compilers are at work' }),
  boundary: text({
    default: 'minute',
    takes: 'minute|hour',
    help: 'what falls into the run: windows of a minute close, or those of every length at once',
  }),
}

interface Load {
  readonly perSecond: number
  readonly intervalMs: number
  readonly durationMs: number
  readonly warmUpMs: number
  readonly boundary: string
}

interface Latency {
  offered: number
  achieved: number
  intervalMs: number
  /** Sorted, in ms. */
  latencies: Float64Array
  missing: number
}

const program = createProgram('latency', 'Time until a verdict can be read')
addSettings(program, settings).action(async () => {
  const { from, rates, intervals, duration: durationMs, warmUp: warmUpMs, boundary } = valuesOf(program, settings)
  if (from !== 'kafka' && from !== 'postgres') throw new UsageError(`--from is "${from}": expected kafka or postgres`)
  if (warmUpMs >= durationMs) throw new UsageError('--warm-up is not shorter than --duration')
  const measure = from === 'kafka' ? fromKafka : fromPostgres
  const measured: Latency[] = []
  for (const perSecond of rates) {
    for (const intervalMs of intervals) {
      const latency = await measure({ perSecond, intervalMs, durationMs, warmUpMs, boundary })
      measured.push(latency)
      console.log(row(latency).join('  '))
    }
  }
  const head = ['offered/s', 'achieved/s', 'commit interval', 'p50 ms', 'p99 ms', 'p99.9 ms', 'largest ms', 'missing']
  console.log(`\nfrom ${from}, ${boundary}\n${markdown([head, ...measured.map(row)])}`)
})
await runProgram(program)

function row({ offered, achieved, intervalMs, latencies, missing }: Latency): string[] {
  const at = (q: number): string => whole(quantileOf(latencies, q))
  return [
    whole(offered),
    whole(achieved),
    shownDuration(intervalMs),
    at(0.5),
    at(0.99),
    at(0.999),
    at(1),
    String(missing),
  ]
}

async function fromKafka(load: Load): Promise<Latency> {
  const stack = await openBenchStack('latency')
  try {
    await startBroker(stack)
    return await loop(stack, load)
  } finally {
    await stopStack(stack)
  }
}

async function loop(stack: Stack, load: Load): Promise<Latency> {
  const { perSecond, intervalMs, durationMs, warmUpMs } = load
  await forgetResults(stack, { source: true })
  const worker = new ProcessorWorker(stack, {
    group: 'latency',
    cores: WORKER_CORE,
    metricsPort: stack.ports.processorMetrics,
    commitInterval: shownDuration(intervalMs),
  })
  const loop = new OpenLoop({
    connection: kafkaOf(stack, 'open-loop'),
    perSecond,
    durationMs,
    eventAheadMs: eventAheadMs(load),
  })
  const seenMs = new Float64Array(loop.dueMs.length)
  let seen = 0
  const follower = new TopicFollower(stack, VERDICTS, ({ key, seenMs: at }) => {
    seenMs[numberOf(key)] = at
    seen += 1
  })
  try {
    await untilReady(worker)
    await follower.start()
    await loop.run()
    const deadlineMs = Date.now() + DRAIN_MS
    while (seen < loop.dueMs.length && Date.now() < deadlineMs) await sleep(50)
    await follower.stop()
  } finally {
    await worker.end()
  }
  const first = loop.dueMs.findIndex((dueMs) => dueMs >= loop.dueMs[0]! + warmUpMs)
  const latencies = loop.dueMs.subarray(first).map((dueMs, at) => seenMs[first + at]! - dueMs)
  const visible = latencies.filter((ms) => ms > 0).sort()
  return {
    offered: perSecond,
    achieved: (loop.dueMs.length * 1_000) / (loop.endedMs - loop.dueMs[0]!),
    intervalMs,
    latencies: visible,
    missing: latencies.length - visible.length,
  }
}

/**
 * Moves event time so that the middle of the measured part is half past a minute that ends no window but those of one
 * minute, or the end of an hour, at which the windows of all lengths close together.
 */
function eventAheadMs({ durationMs, warmUpMs, boundary }: Load): number {
  const middleMs = Date.now() + warmUpMs / 2 + durationMs / 2
  const hour = Math.floor(middleMs / hours(1)) * hours(1)
  return (boundary === 'hour' ? hour : hour - minutes(27.5)) - middleMs
}

async function fromPostgres(load: Load): Promise<Latency> {
  const { perSecond, intervalMs, durationMs } = load
  const stack = await openBenchStack('latency-postgres')
  const committedMs = new Map<string, number>()
  const seenMs = new Map<string, number>()
  const source = new TopicFollower(stack, TRANSACTIONS_TOPIC, ({ value }) => {
    const row = JSON.parse(value.toString()) as { transaction_id: string; __source_ts_ms: number }
    committedMs.set(row.transaction_id, row.__source_ts_ms)
  })
  const verdicts = new TopicFollower(stack, VERDICTS, ({ key, seenMs: at }) => {
    seenMs.set((JSON.parse(key.toString()) as { transaction_id: string }).transaction_id, at)
  })
  try {
    const withInterval = { ...stack, env: { ...stack.env, PROCESSOR_COMMIT_INTERVAL: shownDuration(intervalMs) } }
    await startProcesses(withInterval, ['postgres', 'kafka', 'connect', 'processor', 'sink'])
    await programRun(stack, 'connectors', ['apply'])
    await source.start()
    await verdicts.start()
    const generate = (rate: number, forMs: number): Promise<void> =>
      programRun(stack, 'generator', [
        'run-all',
        '--flat',
        ...['--rate', String(rate), '--num-customers', String(CUSTOMERS)],
        ...['--duration', `${forMs}ms`, '--backfill', '0ms'],
      ])
    // The reference data goes first: what follows it has come through when the first verdicts are there.
    await generate(FIRST_PER_SECOND, FIRST_MS)
    await untilQuiet(() => [committedMs.size, seenMs.size])
    if (seenMs.size === 0)
      throw new OperatingError('bench_failed', `no verdict came through: see ${stack.dataDir}/logs`)
    committedMs.clear()
    seenMs.clear()
    await generate(perSecond, durationMs)
    await untilQuiet(() => [committedMs.size, seenMs.size])
    await Promise.all([source.stop(), verdicts.stop()])
  } finally {
    await stopStack(stack)
  }
  return summary(load, committedMs, seenMs)
}

/** Waits until every transaction that was seen has its verdict, and none comes any more. */
async function untilQuiet(sizes: () => [committed: number, seen: number]): Promise<void> {
  const deadlineMs = Date.now() + DRAIN_MS
  let last = 0
  let quietSinceMs = Date.now()
  while (Date.now() < deadlineMs) {
    const [committed, seen] = sizes()
    if (committed !== last || committed === 0 || seen < committed) quietSinceMs = Date.now()
    if (Date.now() - quietSinceMs > QUIET_MS) return
    last = committed
    await sleep(100)
  }
}

function summary(
  { perSecond, intervalMs, warmUpMs }: Load,
  committedMs: ReadonlyMap<string, number>,
  seenMs: ReadonlyMap<string, number>,
): Latency {
  const times = [...committedMs.values()].sort((one, other) => one - other)
  const firstMs = (times[0] ?? 0) + warmUpMs
  const counted = [...committedMs].filter(([, at]) => at >= firstMs)
  const latencies = counted.flatMap(([id, at]) => {
    const seen = seenMs.get(id)
    return seen === undefined ? [] : [seen - at]
  })
  return {
    offered: perSecond,
    achieved: (counted.length * 1_000) / (times.at(-1)! - firstMs),
    intervalMs,
    latencies: Float64Array.from(latencies).sort(),
    missing: counted.length - latencies.length,
  }
}

/** Runs one of the project's programs to its end. */
async function programRun(stack: Stack, name: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, commandLine(stack, name, ...args), {
    env: stack.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new OperatingError('program_failed', `${name} ${args[0]} ended with code ${code}`)
}
