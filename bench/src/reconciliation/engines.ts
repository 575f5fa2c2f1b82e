import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { type Stack, withClient } from '@fintech-streams/local'
import { DuckDb, literal, type SqlPlan } from '@fintech-streams/reconciliation'
import { type Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

const execute = promisify(execFile)
const OUTPUT_MAX_BYTES = 64 << 20

export interface EngineRun {
  /** From the first query to the last table. */
  readonly seconds: number
  readonly steps: Readonly<Record<string, number>>
  /** Peak memory of the process, megabytes; undefined where it is not one process. */
  readonly peakMb: number | undefined
  readonly statuses: Readonly<Record<string, number>>
}

/** DuckDB in a process of its own, with up to `memoryMb` of memory and a folder to spill to. */
export async function runDuckDb(planFile: string, folder: string, memoryMb: number): Promise<EngineRun> {
  const main = join(import.meta.dirname, 'duckdb-main.ts')
  const { stdout } = await execute(process.execPath, [main, planFile, folder, String(memoryMb)], {
    maxBuffer: OUTPUT_MAX_BYTES,
  })
  return JSON.parse(stdout) as EngineRun
}

/** Postgres over tables that hold the inputs; loading them is not part of the time. */
export async function runPostgres(stack: Stack, plan: SqlPlan, folder: string, db: DuckDb): Promise<EngineRun> {
  return withClient(stack, 'postgres', async (client) => {
    await client.query('drop schema if exists bench cascade; create schema bench; set search_path = bench')
    await client.query(`set work_mem = '256MB'; set maintenance_work_mem = '512MB'; set synchronous_commit = off;
      set max_parallel_workers_per_gather = 2`)
    await client.query(`create function days_between(earlier date, later date) returns integer
      language sql immutable as 'select later - earlier'`)
    await load(client, plan, folder, db)
    const steps: Record<string, number> = {}
    const startMs = performance.now()
    for (const { name, query } of plan.steps) {
      const stepMs = performance.now()
      await client.query(`create unlogged table ${name} as ${query.replaceAll('AS DOUBLE)', 'AS DOUBLE PRECISION)')}`)
      // Without it the planner would guess at every next step.
      await client.query(`analyze ${name}`)
      steps[name] = (performance.now() - stepMs) / 1_000
    }
    const seconds = (performance.now() - startMs) / 1_000
    const { rows } = await client.query<{ status: string; n: number }>(
      'select status, count(*)::int as n from reconciliation_index group by status',
    )
    const statuses = Object.fromEntries(rows.map(({ status, n }) => [status, n]))
    await client.query('drop schema bench cascade')
    return { seconds, steps, peakMb: undefined, statuses }
  })
}

async function load(client: Client, plan: SqlPlan, folder: string, db: DuckDb): Promise<void> {
  for (const [name, view] of Object.entries(plan.views)) {
    if ('sql' in view) {
      await client.query(`create table ${name} as ${view.sql}`)
      continue
    }
    const columns = await db.rows<{ column_name: string; column_type: string }>(
      `describe select * from read_parquet(${literal(view.files[0]!)})`,
    )
    const declared = columns.map(({ column_name, column_type }) => `${column_name} ${column_type}`)
    await client.query(`create unlogged table ${name} (${declared.join(', ')})`)
    const csv = join(folder, `${name}.csv`)
    await db.run(`copy (select * from read_parquet(${literal(view.files[0]!)})) to ${literal(csv)}
      (format csv, header false, nullstr '\\N')`)
    await pipeline(createReadStream(csv), client.query(copyFrom(`copy ${name} from stdin (format csv, null '\\N')`)))
    await rm(csv)
    await client.query(`analyze ${name}`)
  }
}

export async function statusesOf(db: DuckDb, from: string): Promise<Record<string, number>> {
  const rows = await db.rows<{ status: string; n: number }>(
    `select status, cast(count(*) as integer) as n from ${from} group by status`,
  )
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

export async function writePlan(plan: SqlPlan, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'plan.json')
  await writeFile(file, JSON.stringify(plan))
  return file
}
