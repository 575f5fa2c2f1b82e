import { RAW_TABLES, type RawTable } from '../lake/tables.ts'
import { type SqlStep, sqlSteps } from './steps.ts'

/** A table that a query makes, or Parquet files; columns that files of an earlier version do not have are null. */
export type PlanView =
  { readonly sql: string } | { readonly files: readonly string[]; readonly columns: Readonly<Record<string, string>> }

/** A run's queries and what they read, for an engine that is not DuckDB. */
export interface SqlPlan {
  readonly views: Readonly<Record<string, PlanView>>
  readonly steps: readonly SqlStep[]
}

/** The plan of the matching over Parquet files of its three inputs. */
export function matchingPlan(
  inputs: Readonly<Record<'transactions' | 'statement_lines' | 'statement_references', readonly string[]>>,
  rules: Readonly<Record<string, string>>,
): SqlPlan {
  const files = Object.entries(inputs).map(([name, paths]) => [name, viewOf(name as RawTable, paths)] as const)
  const tables = Object.entries(rules).map(([name, sql]) => [name, { sql }] as const)
  const views = Object.fromEntries<PlanView>([...tables, ...files])
  return { views, steps: sqlSteps('match') }
}

/** A table without files has its columns all the same. */
function viewOf(name: RawTable, files: readonly string[]): PlanView {
  const types = Object.entries(RAW_TABLES[name]).map(([column, type]) => [column, sparkType(type)] as const)
  if (files.length > 0) return { files, columns: Object.fromEntries(types) }
  const columns = types.map(([column, type]) => `cast(null as ${type}) as ${column}`)
  return { sql: `select ${columns.join(', ')} where false` }
}

const sparkType = (type: string): string => type.replace('VARCHAR', 'STRING').replace(' WITH TIME ZONE', '')
