import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SQL_FOLDER = join(import.meta.dirname, '../../sql')

/** A query whose rows become a table of the step's name, for the steps after it to read. */
export interface SqlStep {
  readonly name: string
  readonly query: string
}

/**
 * The steps of a folder in their order: `20_by_reference.sql` makes the table `by_reference`. Each file is one query in
 * what DuckDB, Spark SQL and Postgres have in common, with `days_between(from, to)` from a macro of each engine.
 */
export function sqlSteps(folder: 'match' | 'index' | 'check'): SqlStep[] {
  return readdirSync(join(SQL_FOLDER, folder))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      name: file.replace(/^\d+_/, '').replace(/\.sql$/, ''),
      query: readFileSync(join(SQL_FOLDER, folder, file), 'utf8').trim(),
    }))
}

/** One step by its name. */
export function sqlStep(folder: 'match' | 'index' | 'check', name: string): SqlStep {
  const step = sqlSteps(folder).find((candidate) => candidate.name === name)
  if (step === undefined) throw new Error(`there is no ${folder}/*${name}.sql`)
  return step
}

/** What DuckDB lacks of the common vocabulary. */
export const DUCKDB_MACROS = [
  `create or replace macro days_between(earlier, later) as date_diff('day', earlier, later)`,
]
