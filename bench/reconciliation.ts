/**
 * A day's transactions against as many statement lines, two in a hundred broken, one merchant with three in ten: the same
 * queries in DuckDB, in Postgres and in Spark, and what DuckDB takes for growing days.
 *
 * npx node bench/reconciliation.ts --sizes 1000000,10000000 --engines duckdb,postgres,spark
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  addSettings,
  createProgram,
  list,
  names,
  number,
  OperatingError,
  runProgram,
  UsageError,
  valuesOf,
} from '@fintech-streams/service'
import { freePorts, openStack, type Stack, startProcesses, stopStack } from '@fintech-streams/local'
import { DuckDb, loadRules, ruleTables, matchingPlan, type SqlPlan } from '@fintech-streams/reconciliation'
import { type DayFiles, expectedStatuses, writeDay } from './src/reconciliation/day.ts'
import { type EngineRun, runDuckDb, runPostgres, writePlan } from './src/reconciliation/engines.ts'
import { runSpark } from './src/reconciliation/spark.ts'

/** For making the day and knowing what has to come out, which is not measured. */
const MAKING_MEMORY_MB = 8_192

const ENGINES = ['duckdb', 'postgres', 'spark'] as const
const settings = {
  sizes: list(
    number({ default: 0, min: 50, integer: true, help: 'transactions, each a multiple of fifty' }),
    [1_000_000, 10_000_000],
  ),
  engines: names({ default: ENGINES, known: ENGINES, help: `some of ${ENGINES.join(', ')}` }),
  memory: number({ default: 2_048, min: 256, integer: true, takes: 'MB', help: "DuckDB's memory" }),
  sparkMemory: number({ default: 6_144, min: 512, integer: true, takes: 'MB', help: "Spark's heap" }),
}

interface Places {
  readonly folder: string
  readonly db: DuckDb
  readonly memoryMb: number
  readonly sparkMemoryMb: number
  /** Undefined where Postgres is not asked for. */
  readonly stack: Stack | undefined
}

const program = createProgram('reconciliation', 'The matching in DuckDB, in Postgres and in Spark')
addSettings(program, settings).action(async () => {
  const { sizes, engines, memory, sparkMemory } = valuesOf(program, settings)
  const unfit = sizes.find((count) => count % 50 !== 0)
  if (unfit !== undefined) throw new UsageError(`--sizes: ${unfit} is not a multiple of fifty`)
  const folder = join(import.meta.dirname, '../.data/bench/reconciliation')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const db = await DuckDb.open({ memoryMb: MAKING_MEMORY_MB, threads: 2, spillFolder: join(folder, 'spill') })
  const stack = engines.includes('postgres') ? await startPostgres(join(folder, 'stack')) : undefined
  const places: Places = { folder, db, memoryMb: memory, sparkMemoryMb: sparkMemory, stack }
  try {
    for (const count of sizes) await measure(places, count, engines)
  } finally {
    db.close()
    if (stack !== undefined) await stopStack(stack)
    await rm(folder, { recursive: true, force: true })
  }
})
await runProgram(program)

async function measure(places: Places, count: number, engines: readonly string[]): Promise<void> {
  const files = await writeDay(places.db, places.folder, count)
  const expected = await expectedStatuses(places.db, count)
  const plan = planOf(files)
  const planFile = await writePlan(plan, places.folder)
  for (const engine of engines) {
    const run = await runOn(engine, places, plan, planFile)
    requireExpected(engine, run, expected)
    const peak = run.peakMb === undefined ? '' : `, at most ${run.peakMb} MB`
    const slowest = Object.entries(run.steps).sort(([, a], [, b]) => b - a)
    const shown = slowest.slice(0, 3).map(([step, seconds]) => `${step} ${seconds.toFixed(1)} s`)
    console.log(`${count.toLocaleString('en-US')} ${engine}: ${run.seconds.toFixed(1)} s${peak} (${shown.join(', ')})`)
  }
}

function planOf(files: DayFiles): SqlPlan {
  const inputs = {
    transactions: [files.transactions],
    statement_lines: [files.statement_lines],
    statement_references: [files.statement_references],
  }
  return matchingPlan(inputs, ruleTables(loadRules()))
}

async function runOn(engine: string, places: Places, plan: SqlPlan, planFile: string): Promise<EngineRun> {
  const { folder, db, memoryMb, sparkMemoryMb, stack } = places
  if (engine === 'duckdb') return runDuckDb(planFile, folder, memoryMb)
  if (engine === 'spark') return runSpark(planFile, join(folder, 'spark'), sparkMemoryMb)
  if (stack === undefined) throw new Error('Postgres was not started')
  return runPostgres(stack, plan, folder, db)
}

function requireExpected(engine: string, { statuses }: EngineRun, expected: Readonly<Record<string, number>>): void {
  const sorted = (of: Readonly<Record<string, number>>): string =>
    JSON.stringify(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)))
  if (sorted(statuses) !== sorted(expected)) {
    throw new OperatingError('bench_failed', `${engine} found ${sorted(statuses)}, made were ${sorted(expected)}`)
  }
}

async function startPostgres(dataDir: string): Promise<Stack> {
  const [postgres = 0, kafka = 0, kafkaController = 0, connect = 0] = await freePorts(4)
  const stack = openStack({ dataDir, ports: { postgres, kafka, kafkaController, connect } })
  await startProcesses(stack, ['postgres'])
  return stack
}
