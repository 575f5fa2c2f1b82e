import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { OperatingError, parseMetrics, total } from '@fintech-streams/service'
import {
  commandLine,
  postgresOf,
  type Stack,
  startProcesses,
  topicBatches,
  type TopicBatches,
} from '@fintech-streams/local'
import { databaseOf, runCommand } from '@fintech-streams/checks'
import { machineSeconds, ProcessorAccount, type ProcessorSeconds } from './processor-account.ts'

const POLL_MS = 250
const THROUGH_WITHIN_MS = 10 * 60_000
/** The generator's own start, and what it sets off, are over after this. */
const REST_SETTLES_MS = 8_000

/** What was used in one part of a run. */
export interface Phase {
  readonly name: string
  readonly transactions: number
  /** From the first commit to the last row in the result table; NaN where nothing is waited for. */
  readonly throughMs: number
  readonly tookMs: number
  readonly used: ProcessorSeconds
  /** Processors that other programs of the machine kept busy meanwhile, and that its host gave to others. */
  readonly others: number
  readonly stored: ReadonlyMap<string, TopicBatches>
}

interface Mark {
  readonly atMs: number
  readonly seconds: ProcessorSeconds
  readonly machineSeconds: number
  readonly stored: ReadonlyMap<string, TopicBatches>
}

/** The whole stack, and what each part of the work costs it. */
export class PipelineRun {
  readonly account: ProcessorAccount
  readonly #stack: Stack
  readonly #client: Client

  private constructor(stack: Stack, client: Client) {
    this.#stack = stack
    this.#client = client
    this.account = new ProcessorAccount(stack, client)
  }

  /** Starts everything that `make demo` starts, with customers but no transactions. @returns the run and its first phase. */
  static async start(stack: Stack, customers: number): Promise<[PipelineRun, Phase]> {
    const atMs = performance.now()
    const machine = machineSeconds()
    await startProcesses(stack, ['postgres'])
    const client = new Client({ ...postgresOf(stack), database: databaseOf(stack) })
    await client.connect()
    const run = new PipelineRun(stack, client)
    run.account.start()
    await startProcesses(stack, [])
    await must(stack, 'connectors', ['apply'])
    await run.#generate(['init', '--num-customers', String(customers)])
    await run.#connectorsThrough()
    const before = { atMs, seconds: new Map(), machineSeconds: machine, stored: new Map() }
    return [run, run.#phase('start', 0, NaN, before, await run.#mark())]
  }

  /** Writes transactions by the generator, and waits until every one has its row in the table of verdicts. */
  async write(name: string, args: readonly string[]): Promise<Phase> {
    const [first] = await this.#counts()
    const before = await this.#mark()
    const { seconds, endedMs } = await this.#generate(['run', '--flat', ...args])
    const startedMs = endedMs - seconds * 1_000
    const [written] = await this.#counts()
    const throughMs = (await this.#through(written)) - startedMs
    await this.#connectorsThrough()
    await this.#consumersThrough()
    return this.#phase(name, written - first, throughMs, before, await this.#mark())
  }

  /** Looks at the stack while few transactions come. */
  async rest(perSecond: number, forMs: number): Promise<Phase> {
    const args = ['run', '--flat', '--rate', String(perSecond), '--duration', `${forMs + 2 * REST_SETTLES_MS}ms`]
    const generating = this.#generate(args)
    await sleep(REST_SETTLES_MS)
    const [first] = await this.#counts()
    const before = await this.#mark()
    await sleep(forMs)
    const after = await this.#mark()
    const [last] = await this.#counts()
    await generating
    return this.#phase('rest', last - first, NaN, before, after)
  }

  async close(): Promise<void> {
    await this.account.stop()
    await this.#client.end()
  }

  async #mark(): Promise<Mark> {
    const stored = topicBatches(this.#stack)
    return {
      atMs: performance.now(),
      seconds: await this.account.seconds(),
      machineSeconds: machineSeconds(),
      stored,
    }
  }

  #phase(name: string, transactions: number, throughMs: number, before: Mark, after: Mark): Phase {
    const used = differences(before.seconds, after.seconds, (one, other) => other - (one ?? 0))
    const ours = [...used].reduce((sum, [part, seconds]) => (part.includes(':') ? sum : sum + seconds), 0)
    const tookMs = after.atMs - before.atMs
    return {
      name,
      transactions,
      throughMs,
      tookMs,
      used,
      others: ((after.machineSeconds - before.machineSeconds - ours) * 1_000) / tookMs,
      stored: differences(before.stored, after.stored, since),
    }
  }

  /** Runs the generator to its end. @returns how long it has written, as it says, and when it ended. */
  async #generate(args: readonly string[]): Promise<{ seconds: number; endedMs: number }> {
    const child = spawn(process.execPath, commandLine(this.#stack, 'generator', ...args), { env: this.#stack.env })
    if (child.pid !== undefined) this.account.follow('generator', child.pid)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (some) => (output += String(some)))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new OperatingError('program_failed', `the generator ended with code ${code}: ${output}`)
    const seconds = Number(/total: .* in ([\d.]+) s/.exec(output)?.[1] ?? NaN)
    return { seconds, endedMs: performance.now() }
  }

  /** @returns transactions, and those of them that have come out: with a verdict, too late for one, or not readable. */
  async #counts(): Promise<[written: number, out: number]> {
    const { rows } = await this.#client.query<{ written: number; out: number }>(`select
      (select count(*)::int from transactions) as written,
      (select count(*)::int from analytics.fraud_detection)
        + (select count(*)::int from analytics.late where job = '*') as out`)
    return [rows[0]?.written ?? 0, rows[0]?.out ?? 0]
  }

  /** Waits until all have come out; counts rows only once the processor has read that number. @returns when. */
  async #through(transactions: number): Promise<number> {
    await this.#until(async () => (await this.#read()) >= transactions, 'the processor')
    await this.#until(async () => (await this.#counts())[1] >= transactions, 'the table of verdicts')
    return performance.now()
  }

  async #read(): Promise<number> {
    const samples = await this.#samples(this.#stack.ports.processorMetrics)
    return total(samples, 'processor_records_total', { stage: 'source' })
  }

  /** Waits until every slot has confirmed what is written now. */
  async #connectorsThrough(): Promise<void> {
    const { rows } = await this.#client.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn')
    const lsn = rows[0]?.lsn
    await this.#until(async () => {
      const { rows: behind } = await this.#client.query(
        'select slot_name from pg_replication_slots where confirmed_flush_lsn < $1::pg_lsn',
        [lsn],
      )
      return behind.length === 0
    }, 'a connector')
  }

  /** Waits for those that write at once; the lake collects for a minute, which is among what comes next. */
  async #consumersThrough(): Promise<void> {
    const { counterMetrics, sinkMetrics } = this.#stack.ports
    for (const [name, port] of [
      ['sink', sinkMetrics],
      ['counter', counterMetrics],
    ] as const) {
      await this.#until(async () => total(await this.#samples(port), `${name}_lag_records`) === 0, `the ${name}`)
    }
  }

  async #samples(port: number) {
    const response = await fetch(`http://localhost:${port}/metrics`, { signal: AbortSignal.timeout(10_000) })
    return parseMetrics(await response.text())
  }

  async #until(isThrough: () => Promise<boolean>, who: string): Promise<void> {
    const deadlineMs = performance.now() + THROUGH_WITHIN_MS
    while (!(await isThrough())) {
      if (performance.now() > deadlineMs) {
        throw new OperatingError('bench_failed', `${who} is not through: see ${this.#stack.dataDir}/logs`)
      }
      await sleep(POLL_MS)
    }
  }
}

async function must(stack: Stack, name: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(stack, name, args)
  if (code !== 0) throw new OperatingError('program_failed', `${name} ended with code ${code}: ${stderr}`)
}

function differences<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  difference: (one: T | undefined, other: T) => T,
): Map<string, T> {
  return new Map([...after].map(([name, value]) => [name, difference(before.get(name), value)]))
}

function since(before: TopicBatches | undefined, after: TopicBatches): TopicBatches {
  const of = (figure: keyof TopicBatches): number => after[figure] - (before?.[figure] ?? 0)
  return { records: of('records'), batches: of('batches'), markers: of('markers'), bytes: of('bytes') }
}
