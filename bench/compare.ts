/**
 * This processor, Apache Flink and the bare client over the same topic, in one run on one machine: each on one core,
 * the broker on another, exactly-once on, in alternation.
 *
 * node bench/compare.ts --records 1000000 --runs 3
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  addSettings,
  createProgram,
  number,
  runProgram,
  text,
  toggle,
  type Values,
  valuesOf,
} from '@fintech-streams/service'
import { minutes } from '@fintech-streams/contracts'
import { kafkaOf, type Stack, stopStack } from '@fintech-streams/local'
import {
  benchFolder,
  createFlinkTopics,
  forgetResults,
  openBenchStack,
  startBroker,
  WORKER_CORE,
} from './src/bench-stack.ts'
import type { Ceiling } from './src/ceiling-main.ts'
import { markdown, medianOf, oneDigit, times, whole } from './src/figures.ts'
import { type Backend, buildFlink, type FlinkRun, runFlink } from './src/flink-run.ts'
import { prefillFile, produceFile } from './src/prefill.ts'
import { measureThroughput, type Throughput } from './src/processor-run.ts'

/** Event time that the transactions cover, whatever their number. */
const SPAN_MS = minutes(60)
/** The share of a customer falls with its number to this power. */
const SKEW = 0.8

const execute = promisify(execFile)
const settings = {
  records: number({ default: 1_000_000, min: 1_000, max: 100_000_000, integer: true, help: 'transactions' }),
  customers: number({ default: 100_000, min: 1, max: 10_000_000, integer: true, help: 'customers' }),
  runs: number({ default: 3, min: 0, max: 100, integer: true, help: 'runs of the processor and of the bare client' }),
  flinkRuns: number({ default: 4, min: 0, max: 100, integer: true, help: 'runs of Flink, hashmap state, in one JVM' }),
  rocksdbRuns: number({ default: 3, min: 0, max: 100, integer: true, help: 'the same with RocksDB' }),
  skipRocksdb: toggle({ help: 'no RocksDB' }),
  json: text({ default: undefined, takes: 'file', help: 'where to write all figures' }),
}

interface Measured {
  ours: Throughput[]
  fetching: Ceiling[]
  parsing: Ceiling[]
  hashmap: FlinkRun[]
  rocksdb: FlinkRun[]
}

const program = createProgram('compare', 'This processor against Apache Flink and the bare client')
addSettings(program, settings).action(async () => {
  const values = valuesOf(program, settings)
  await buildFlink()
  const stack = await openBenchStack('compare')
  try {
    const measured = await compare(stack, values)
    console.log(`\n${tables(measured)}`)
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(measured, null, 2))
  } finally {
    await stopStack(stack)
  }
})
await runProgram(program)

async function compare(stack: Stack, values: Values<typeof settings>): Promise<Measured> {
  const { records: transactions, customers, runs, flinkRuns, skipRocksdb, rocksdbRuns } = values
  const workload = { transactions, customers, skew: SKEW, stepMs: SPAN_MS / transactions }
  const path = await prefillFile(benchFolder(), { seed: 1, workloads: [workload], closes: true })
  await startBroker(stack)
  const total = await produceFile(kafkaOf(stack, 'bench'), path)
  console.log(`${whole(total)} records of ${whole(customers)} customers`)
  const measured: Measured = { ours: [], fetching: [], parsing: [], hashmap: [], rocksdb: [] }
  // Flink between two runs of the processor.
  for (let run = 1; run <= Math.max(1, runs); run += 1) {
    if (run === 2 || runs < 2) measured.hashmap = await flink(stack, 'hashmap', flinkRuns)
    if (runs === 0) break
    measured.fetching.push(await ceiling(stack, 'fetch'))
    measured.parsing.push(await ceiling(stack, 'parse'))
    await forgetResults(stack, { source: false })
    const ours = await measureThroughput(stack, `compare-${run}`, [WORKER_CORE], total)
    measured.ours.push(ours)
    console.log(`processor ${run}: ${JSON.stringify(ours)}`)
  }
  if (!skipRocksdb) measured.rocksdb = await flink(stack, 'rocksdb', rocksdbRuns)
  return measured
}

async function ceiling(stack: Stack, mode: 'fetch' | 'parse'): Promise<Ceiling> {
  const script = join(import.meta.dirname, 'src/ceiling-main.ts')
  const args = ['-c', WORKER_CORE, process.execPath, script, mode]
  const { stdout } = await execute('taskset', args, { env: stack.env })
  const read = JSON.parse(stdout) as Ceiling
  console.log(`${mode}: ${whole(read.records / read.seconds)}/s`)
  return read
}

async function flink(stack: Stack, backend: Backend, runs: number): Promise<FlinkRun[]> {
  if (runs === 0) return []
  await forgetResults(stack, { source: false })
  await createFlinkTopics(stack)
  return runFlink(stack, {
    backend,
    runs,
    cores: WORKER_CORE,
    onRun: (run) => console.log(`flink ${backend} ${run.run}: ${JSON.stringify(run)}`),
  })
}

/** One line of the table. */
interface Line {
  name: string
  perSecond: number
  middle: number
  cpuPerMillion: number
  peakMb: number
}

function tables(measured: Measured): string {
  const ours: Line = {
    name: 'this processor',
    perSecond: medianOf(measured.ours, (run) => run.perSecond),
    middle: medianOf(measured.ours, (run) => run.middlePerSecond),
    cpuPerMillion: medianOf(measured.ours, (run) => run.cpuSecondsPerMillion),
    peakMb: medianOf(measured.ours, (run) => run.peakMb),
  }
  const lines = [
    ours,
    ...flinkLines('Flink, hashmap', measured.hashmap),
    ...flinkLines('Flink, RocksDB', measured.rocksdb),
    ceilingLine('bare client, fetching', measured.fetching),
    ceilingLine('bare client, fetching and parsing', measured.parsing),
  ]
  return markdown([
    ['one core', 'records/s', 'middle 80 %', 'CPU s per million', 'peak MB', 'processor : this', 'middle : middle'],
    ...lines.map(({ name, perSecond, middle, cpuPerMillion, peakMb }) => [
      name,
      whole(perSecond),
      whole(middle),
      oneDigit(cpuPerMillion),
      whole(peakMb),
      times(ours.perSecond / perSecond),
      times(ours.middle / middle),
    ]),
  ])
}

function flinkLines(name: string, runs: readonly FlinkRun[]): Line[] {
  const line = (title: string, run: FlinkRun): Line => ({
    name: `${name}, ${title}`,
    perSecond: run.recordsPerSecond,
    middle: run.middleRecordsPerSecond,
    cpuPerMillion: (run.cpuSeconds / run.records) * 1e6,
    peakMb: run.peakMb,
  })
  const cold = runs[0]
  const warm = runs.at(-1)
  if (cold === undefined || warm === undefined) return []
  return [line('cold', cold), ...(warm === cold ? [] : [line(`warm (run ${warm.run})`, warm)])]
}

function ceilingLine(name: string, runs: readonly Ceiling[]): Line {
  return {
    name,
    perSecond: medianOf(runs, ({ records, seconds }) => records / seconds),
    middle: NaN,
    cpuPerMillion: medianOf(runs, ({ records, cpuSeconds }) => (cpuSeconds / records) * 1e6),
    peakMb: NaN,
  }
}
