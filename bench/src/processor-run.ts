import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { commandLine, type Stack } from '@fintech-streams/local'
import { ProcessorTime } from './processor-time.ts'

const SAMPLE_MS = 250
/** Time without a commit after which stage 2 counts as idle. */
const SETTLED_MS = 3_000
const STARTED_WITHIN_MS = 60_000
const METRICS_TIMEOUT_MS = 10_000

export interface WorkerOptions {
  readonly group: string
  readonly cores: string
  readonly metricsPort: number
  readonly commitInterval?: string
  /** Worker processes under one parent, each a standby of the others; by default one alone, without. */
  readonly standbys?: number
}

/** A worker process's metrics port is this much above the one before. */
const METRICS_PORT_STEP = 10

/** A processor worker, as anybody would start it, on chosen cores. */
export class ProcessorWorker {
  readonly time = new ProcessorTime()
  readonly #child: ChildProcess
  readonly #metricsPort: number
  readonly #log: string

  constructor(stack: Stack, options: WorkerOptions) {
    const { group, cores, metricsPort, commitInterval, standbys } = options
    this.#metricsPort = metricsPort
    mkdirSync(join(stack.dataDir, 'logs'), { recursive: true })
    this.#log = join(stack.dataDir, 'logs', `worker-${group}-${metricsPort}.log`)
    const log = openSync(this.#log, 'a')
    const program = commandLine(stack, 'processor')
    const extra = commitInterval === undefined ? [] : ['--commit-interval', commitInterval]
    if (standbys !== undefined) extra.push('--standby')
    // taskset becomes the program, so the child's pid is the worker's.
    this.#child = spawn(
      'taskset',
      [
        '-c',
        cores,
        process.execPath,
        ...program,
        'run',
        '--workers',
        String(standbys ?? 1),
        '--group',
        group,
        ...extra,
      ],
      { env: { ...stack.env, PROCESSOR_METRICS_PORT: String(metricsPort) }, stdio: ['ignore', log, log] },
    )
    closeSync(log)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The metrics page; undefined while it does not answer. */
  async metrics(): Promise<string | undefined> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      throw new OperatingError('bench_failed', `the processor ended: see ${this.#log}`)
    }
    return this.#get('/metrics')
  }

  async isReady(): Promise<boolean> {
    return (await this.#get('/readyz')) !== undefined
  }

  /** The metrics page of one of its worker processes, undefined until that is ready. */
  async pageOf(number: number): Promise<string | undefined> {
    const port = this.#metricsPort + number * METRICS_PORT_STEP
    return (await this.#get('/readyz', port)) === undefined ? undefined : this.#get('/metrics', port)
  }

  /** The process id of one of its worker processes. */
  pidOf(number: number): number {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ')
    const port = String(this.#metricsPort + number * METRICS_PORT_STEP)
    const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(port))
    if (found === undefined) throw new OperatingError('bench_failed', `no worker has the metrics port ${port}`)
    return Number(found)
  }

  async #get(path: string, port = this.#metricsPort): Promise<string | undefined> {
    try {
      const url = `http://localhost:${port}${path}`
      const response = await fetch(url, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) })
      const text = await response.text()
      return response.ok ? text : undefined
    } catch {
      return undefined
    }
  }

  /** Records of each stage that are processed and committed. */
  async committed(): Promise<{ source: number; merge: number; mergeLag: number }> {
    const page = (await this.metrics()) ?? ''
    this.time.sample(this.#child.pid)
    return {
      source: sampleSum(page, 'processor_records_total', 'stage="source"'),
      merge: sampleSum(page, 'processor_records_total', 'stage="merge"'),
      mergeLag: sampleSum(page, 'processor_lag_records', 'stage="merge"'),
    }
  }

  /** The largest resident set so far, in MB. */
  peakMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1_024)
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}

/** The sum of a metric's samples whose labels hold this text. */
export function sampleSum(page: string, name: string, label = ''): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** What a run over a filled topic took. */
export interface Throughput {
  readonly records: number
  readonly seconds: number
  readonly perSecond: number
  /** Between the first tenth and the last. */
  readonly middlePerSecond: number
  readonly cpuSecondsPerMillion: number
  readonly peakMb: number
}

/** How many records of the source were committed when. */
export interface Mark {
  readonly atMs: number
  readonly records: number
}

/**
 * Runs workers over a topic from its beginning until nothing is left to do: every record of the source and every partial
 * aggregate is committed.
 * @param records how many the source holds.
 */
export async function measureThroughput(
  stack: Stack,
  group: string,
  cores: readonly string[],
  records: number,
): Promise<Throughput> {
  const marks: Mark[] = []
  const workers = startWorkers(stack, group, cores)
  let changedMs = performance.now()
  let merged = 0
  try {
    for (let done = false; !done;) {
      await sleep(SAMPLE_MS)
      const counts = await Promise.all(workers.map((worker) => worker.committed()))
      const total = (of: (count: (typeof counts)[number]) => number): number =>
        counts.reduce((sum, c) => sum + of(c), 0)
      const atMs = performance.now()
      const source = total((count) => count.source)
      const merge = total((count) => count.merge)
      if (source !== marks.at(-1)?.records || merge !== merged) changedMs = atMs
      merged = merge
      marks.push({ atMs, records: source })
      done = source >= records && total((count) => count.mergeLag) === 0 && atMs - changedMs > SETTLED_MS
    }
    const cpuSeconds = workers.reduce((sum, worker) => sum + worker.time.seconds(), 0)
    const peakMb = workers.reduce((sum, worker) => sum + worker.peakMb(), 0)
    return { ...rates(marks, records, changedMs), cpuSecondsPerMillion: (cpuSeconds / records) * 1e6, peakMb }
  } finally {
    await Promise.all(workers.map((worker) => worker.end()))
  }
}

/** Starts workers of one group, one for each of the cores. */
function startWorkers(stack: Stack, group: string, cores: readonly string[]): ProcessorWorker[] {
  return cores.map(
    (core, at) =>
      new ProcessorWorker(stack, { group, cores: core, metricsPort: stack.ports.processorMetrics + 10 * at }),
  )
}

function rates(marks: readonly Mark[], records: number, endMs: number) {
  const first = marks.findLast((mark) => mark.records === 0) ?? marks[0]!
  const tenth = marks.find((mark) => mark.records >= records / 10)!
  const ninetieth = marks.find((mark) => mark.records >= records * 0.9)!
  const seconds = (endMs - first.atMs) / 1_000
  return {
    records,
    seconds,
    perSecond: records / seconds,
    middlePerSecond: rateBetween(tenth, ninetieth),
  }
}

export const rateBetween = (from: Mark, to: Mark): number =>
  ((to.records - from.records) * 1_000) / (to.atMs - from.atMs)

/** Waits until a worker processes all its partitions live. */
export async function untilReady(worker: ProcessorWorker): Promise<void> {
  const deadlineMs = Date.now() + STARTED_WITHIN_MS
  while (!(await worker.isReady())) {
    if (Date.now() > deadlineMs) throw new OperatingError('bench_failed', 'the processor did not become ready')
    await sleep(SAMPLE_MS / 5)
  }
}
