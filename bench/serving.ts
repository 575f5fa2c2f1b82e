/**
 * Top senders: how fast transfers are counted, and how fast the API answers meanwhile.
 *
 * npx node bench/serving.ts load       transfers and queries at fixed rates, at the same time; one rate of queries after
 *                                      another, to see which is held
 * npx node bench/serving.ts peak       transfers alone
 * npx node bench/serving.ts freshness  through Debezium: from the answer to POST /v1/transactions to the count in an answer
 *
 * --accounts and --pairs fill the tables before, --tps, --qps and --duration say how much.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  addSettings,
  createProgram,
  duration,
  list,
  number,
  OperatingError,
  runProgram,
  type Values,
  valuesOf,
} from '@fintech-streams/service'
import { clean, processInfo, type Stack, startProcesses, stopStack, withClient } from '@fintech-streams/local'
import { bootstrapOf, createSourceTopic, openBenchStack } from './src/bench-stack.ts'
import { markdown, oneDigit, quantileOf, whole } from './src/figures.ts'
import { ProcessorTime } from './src/processor-time.ts'
import { measureFreshness } from './src/serving/freshness.ts'
import type { LoadPlan, LoadResult } from './src/serving/http-load.ts'
import { createBenchToken } from './src/serving/token.ts'
import { prefill } from './src/serving/prefill.ts'
import { TransferSource } from './src/serving/transfer-source.ts'

const WARM_UP_MS = 10_000
const COUNTED_WITHIN_MS = 120_000
const SAMPLE_MS = 1_000

const settings = {
  accounts: number({ default: 100_000, min: 100, integer: true, help: 'accounts that receive and send' }),
  pairs: number({ default: 1_000_000, min: 100, integer: true, help: 'pairs in the tables before' }),
  tps: number({ default: 2_000, min: 1, integer: true, help: 'transfers a second' }),
  qps: list(number({ default: 5_000, min: 1, integer: true, help: 'queries a second, one rate after another' })),
  duration: duration({ default: 60_000, help: 'of the load, at each rate' }),
  buffers: number({ default: 1, min: 1, max: 1_024, integer: true, takes: 'GB', help: "Postgres's shared buffers" }),
}
type Options = Values<typeof settings>

interface Bucket {
  readonly seconds: number
  readonly transfers: number
}

const program = createProgram('serving-bench', 'Top senders under load')
for (const [name, description, bench] of [
  ['load', 'transfers and queries at fixed rates, at the same time', load],
  ['peak', 'transfers alone', peak],
  ['freshness', 'until a recorded transaction is counted in an answer, through Debezium', freshness],
] as const) {
  const command = program.command(name).description(description)
  addSettings(command, settings).action(async () => withStack(valuesOf(command, settings), bench))
}
async function withStack(options: Options, bench: (stack: Stack, options: Options) => Promise<void>): Promise<void> {
  process.env['API_REQUESTS_PER_SECOND'] = '1000000'
  const stack = await openBenchStack('serving')
  try {
    await bench(stack, options)
  } finally {
    await stopStack(stack)
    await clean(stack, false, () => undefined)
  }
}

async function load(stack: Stack, options: Options): Promise<void> {
  await fill(stack, options)
  await startProcesses(stack, ['serving'])
  const source = new TransferSource(bootstrapOf(stack), options, 1)
  const token = await createBenchToken(stack)
  for (const perSecond of options.qps) {
    await atRate(stack, options, source, {
      origin: `http://127.0.0.1:${stack.ports.api}`,
      token,
      accounts: options.accounts,
      pairs: options.pairs,
      perSecond,
      durationMs: options.duration + WARM_UP_MS,
      warmUpMs: WARM_UP_MS,
      today: new Date().toISOString().slice(0, 10),
    })
  }
}

async function atRate(stack: Stack, options: Options, source: TransferSource, plan: LoadPlan): Promise<void> {
  const observed = new Observed(stack)
  await observed.begin()
  const [result] = await Promise.all([
    httpLoad(plan, (pid) => (observed.loadPid = pid)),
    source.run(options.tps, plan.durationMs),
    observed.during(plan.durationMs),
  ])
  await requireCounted(stack, options, source.sent)
  const { latencies, errors } = result
  const ms = (q: number): string => oneDigit(quantileOf(latencies, q))
  console.log(
    markdown([
      ['transfers/s', 'queries/s', 'answers', 'errors', 'p50 ms', 'p99 ms', 'p99.9 ms', 'largest ms'],
      [
        whole(options.tps),
        whole(plan.perSecond),
        whole(latencies.length),
        Object.keys(errors).length === 0 ? '0' : JSON.stringify(errors),
        ms(0.5),
        ms(0.99),
        ms(0.999),
        oneDigit(latencies.at(-1) ?? NaN),
      ],
    ]),
  )
  await tellCounter(observed, source)
}

async function peak(stack: Stack, options: Options): Promise<void> {
  await fill(stack, options)
  await startProcesses(stack, ['counter'])
  const source = new TransferSource(bootstrapOf(stack), options, 1)
  const observed = new Observed(stack)
  await observed.begin()
  const startMs = performance.now()
  await Promise.all([source.run(options.tps, options.duration), observed.during(options.duration)])
  await requireCounted(stack, options, source.sent)
  const countedMs = performance.now() - startMs
  const rate = (source.sent * 1_000) / countedMs
  console.log(`${whole(source.sent)} transfers sent at ${whole(options.tps)}/s, all counted at ${whole(rate)}/s`)
  await tellCounter(observed, source)
}

async function freshness(stack: Stack, options: Options): Promise<void> {
  await startProcesses(stack, ['connect', 'serving'])
  await measureFreshness(stack, options, (line) => console.log(line))
}

async function fill(stack: Stack, options: Options): Promise<void> {
  await startProcesses(stack, ['postgres', 'kafka'])
  await enlargeBuffers(stack, options.buffers)
  await createSourceTopic(stack)
  const { tableBytes, indexBytes } = await prefill(stack, options, () => undefined)
  const perPair = (bytes: number): string => `${oneDigit(bytes / options.pairs)} bytes`
  console.log(
    `${whole(options.accounts)} accounts, ${whole(options.pairs)} pairs: ${perPair(tableBytes)} a pair in the table, ` +
      `${perPair(indexBytes)} in its three indexes, ${oneDigit((tableBytes + indexBytes) / 2 ** 30)} GiB; ` +
      `load of the machine before: ${oneDigit(loadavg()[0] ?? NaN)}`,
  )
}

/** The demo's settings are for a machine of a few GB; tables of many GB are not. */
async function enlargeBuffers(stack: Stack, gigabytes: number): Promise<void> {
  await withClient(stack, 'postgres', async (client) => {
    await client.query(`alter system set shared_buffers = '${gigabytes}GB'`)
    await client.query(`alter system set max_wal_size = '${8 * gigabytes}GB'`)
  })
  await stopStack(stack, ['postgres'])
  await startProcesses(stack, ['postgres'])
}

async function httpLoad(plan: LoadPlan, onStart: (pid: number | undefined) => void): Promise<LoadResult> {
  const file = join(import.meta.dirname, 'src/serving/http-load.ts')
  const child = fork(file, [JSON.stringify(plan)], { serialization: 'advanced' })
  onStart(child.pid)
  const [result] = (await once(child, 'message')) as [LoadResult]
  return result
}

/** What the processes take, and how old transfers are when they are counted. */
class Observed {
  readonly times = new Map<string, ProcessorTime>()
  /** The process that asks, when there is one. */
  loadPid: number | undefined
  readonly #stack: Stack
  #before: readonly Bucket[] = []

  constructor(stack: Stack) {
    this.#stack = stack
  }

  async begin(): Promise<void> {
    this.#before = await this.#buckets()
  }

  /** Transfers counted since the beginning, by the largest age of their bucket, in seconds; cumulative. */
  async ages(): Promise<readonly Bucket[]> {
    const now = await this.#buckets()
    return now.map(({ seconds, transfers }, at) => ({
      seconds,
      transfers: transfers - (this.#before[at]?.transfers ?? 0),
    }))
  }

  async #buckets(): Promise<readonly Bucket[]> {
    const metrics = await (await fetch(`http://localhost:${this.#stack.ports.counterMetrics}/metrics`)).text()
    const found = metrics.matchAll(/^counter_freshness_seconds_bucket\{le="([^"]+)"\} (\d+)/gm)
    return [...found].map(([, le, count]) => ({
      seconds: le === '+Inf' ? Infinity : Number(le),
      transfers: Number(count),
    }))
  }

  #time(name: string): ProcessorTime {
    const time = this.times.get(name) ?? new ProcessorTime()
    this.times.set(name, time)
    return time
  }

  async during(durationMs: number): Promise<void> {
    const endMs = performance.now() + durationMs
    while (performance.now() < endMs) {
      for (const name of ['counter', 'serving', 'kafka', 'postgres']) {
        this.#time(name).sample(processInfo(this.#stack, name).pid, { children: name === 'postgres' })
      }
      this.#time('source').sample(process.pid)
      this.#time('load').sample(this.loadPid)
      await sleep(SAMPLE_MS)
    }
  }
}

/** Waits until every transfer is counted. @throws OperatingError when they are not, or there are more. */
async function requireCounted(stack: Stack, { pairs }: Options, sent: number): Promise<void> {
  // Each pair n began with 1 + n % 7 transfers.
  const whole7 = Math.floor(pairs / 7)
  const before = whole7 * 28 + Array.from({ length: pairs % 7 }, (_, n) => n + 1).reduce((sum, n) => sum + n, 0)
  const deadlineMs = Date.now() + COUNTED_WITHIN_MS
  for (;;) {
    const metrics = await (await fetch(`http://localhost:${stack.ports.counterMetrics}/metrics`)).text()
    const counted = Number(/^counter_transfers_total (\d+)/m.exec(metrics)?.[1] ?? 0)
    if (counted >= sent || Date.now() > deadlineMs) break
    await sleep(100)
  }
  const { rows } = await withClient(stack, 'fintech', (client) =>
    client.query<{ n: string }>('select sum(transaction_count) as n from serving.top_senders'),
  )
  const counted = Number(rows[0]?.n) - before
  if (counted !== sent) throw new OperatingError('bench_failed', `${counted} transfers are counted, ${sent} were sent`)
}

async function tellCounter(observed: Observed, source: TransferSource): Promise<void> {
  const ages = await observed.ages()
  const total = ages.at(-1)?.transfers ?? 0
  const within = (q: number): string => `${ages.find(({ transfers }) => transfers >= q * total)?.seconds} s`
  console.log(
    `every transfer counted once; from its record to its count p50 within ${within(0.5)}, p99 within ${within(0.99)}; ` +
      `source behind its plan at most ${whole(source.lateMaxMs)} ms; processors busy: ` +
      [...observed.times]
        .filter(([, time]) => !Number.isNaN(time.busy()))
        .map(([name, time]) => `${name} ${time.busy().toFixed(2)}`)
        .join(', '),
  )
}

await runProgram(program)
