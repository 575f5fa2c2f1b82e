import { type DuckDb } from '../duckdb.ts'
import { DUCKDB_MACROS, type SqlStep } from './steps.ts'

export interface StepRun {
  readonly name: string
  readonly rows: number
  readonly seconds: number
  /** It was there from an earlier run, which did not come to its end. */
  readonly isResumed: boolean
}

/** Makes views for the queries to read. */
export async function bindViews(db: DuckDb, views: Readonly<Record<string, string>>): Promise<void> {
  for (const macro of DUCKDB_MACROS) await db.run(macro)
  for (const [name, query] of Object.entries(views)) await db.run(`create or replace view ${name} as ${query}`)
}

/** Makes the table of each step, in order; one that is there already is left as it is. */
export async function* runSteps(db: DuckDb, steps: readonly SqlStep[]): AsyncGenerator<StepRun> {
  const present = await db.rows<{ name: string }>(
    `select table_name as name from duckdb_tables() where not temporary and not internal`,
  )
  const there = new Set(present.map(({ name }) => name))
  for (const { name, query } of steps) {
    const startMs = performance.now()
    const isResumed = there.has(name)
    if (!isResumed) await db.run(`create table ${name} as ${query}`)
    const { n } = await db.row<{ n: string }>(`select cast(count(*) as varchar) as n from ${name}`)
    yield { name, rows: Number(n), seconds: (performance.now() - startMs) / 1_000, isResumed }
  }
}

/** What a check found wrong. */
export interface Violation {
  readonly check: string
  readonly subject: string
  readonly detail: string
}

/** Bound of what is shown of one check; any violation at all stops the publication. */
const SHOWN_MAX = 5

/** Runs checks, each a query of what is wrong. */
export async function violationsOf(db: DuckDb, checks: readonly SqlStep[]): Promise<Violation[]> {
  const found: Violation[] = []
  for (const { name, query } of checks) {
    const rows = await db.rows<{ subject: string; detail: string }>(`select * from (${query}) limit ${SHOWN_MAX}`)
    found.push(...rows.map((row) => ({ check: name, ...row })))
  }
  return found
}
