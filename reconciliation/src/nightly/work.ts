import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS } from '@fintech-streams/contracts'
import { type DuckDb, literal } from '../duckdb.ts'
import { type Lake } from '../lake/lake.ts'
import { filesOf, type LakeFile, type Snapshot } from '../lake/manifest.ts'
import { type LakeSettings, openDuckDb } from '../lake/settings.ts'
import { addDays } from '../calendar.ts'
import { type Holidays, reachDays, type Rules } from '../rules.ts'
import { bindViews } from '../sql/run-steps.ts'
import { type BankDay, indexTables, ruleTables } from '../sql/parameters.ts'
import { sqlSteps, type SqlStep } from '../sql/steps.ts'
import { StatementCoverage } from '../statements/coverage.ts'
import { earlier } from '../statements/statement.ts'
import { CSV_NULL, type NightlyDatabase } from './database.ts'
import { transactionsByDay } from './days.ts'

/** Longer than any run takes. */
const STALE_MS = 2 * DAY_MS

/** What a run reads, pinned at its start. */
export interface NightlyInputs {
  readonly date: string
  /** The first day that is reconciled again. */
  readonly windowStart: string
  /** The lines of these days are read. */
  readonly linesFrom: string
  readonly linesTo: string
  /** The matching also reads the days around, whose lines may have come since. */
  readonly transactions: readonly LakeFile[]
  readonly verdicts: readonly LakeFile[]
  readonly lines: readonly LakeFile[]
  readonly references: readonly LakeFile[]
  /** Days of banks whose statements have not come. */
  readonly awaited: readonly BankDay[]
  /** Equal for equal inputs and rules. */
  readonly digest: string
  /** How much there was of it: statement files in all, and transactions of each day that is reconciled. */
  readonly extent: { readonly statementFiles: number; readonly transactions: Readonly<Record<string, number>> }
}

/**
 * What a night reads. It reconciles again the days whose lines may have come since, and reads as many days more on both
 * sides, so that a line finds its transaction and a transaction its line.
 */
export function nightlyInputs(snapshot: Snapshot, rules: Rules, holidays: Holidays, date: string): NightlyInputs {
  const reach = reachDays(rules)
  const windowStart = addDays(date, -reach)
  const linesFrom = addDays(windowStart, -reach)
  const linesTo = addDays(date, reach)
  const from = earlier(linesFrom, addDays(date, -rules.merchant_anomaly.days))
  // Of later days those that have been reconciled: the others may still be coming.
  const later = Object.keys(snapshot.runs).filter((day) => day <= linesTo)
  const to = later.reduce((last, day) => (day > last ? day : last), date)
  // A statement is kept under the day of its last booking or a later one.
  const isOfStatements = (day: string): boolean => day >= linesFrom
  const inputs = {
    date,
    windowStart,
    linesFrom,
    linesTo,
    transactions: filesOf(snapshot, 'transactions', (day) => day >= from && day <= to),
    verdicts: filesOf(snapshot, 'fraud_verdicts', (day) => day === date),
    lines: filesOf(snapshot, 'statement_lines', isOfStatements),
    references: filesOf(snapshot, 'statement_references', isOfStatements),
    awaited: new StatementCoverage(snapshot, rules, holidays).awaited(windowStart, date),
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([inputs, rules, holidays, sqlSteps('match'), sqlSteps('index')]))
    .digest('hex')
  const ofWindow = [...transactionsByDay(snapshot)].filter(([day]) => day >= windowStart && day <= date)
  const extent = { statementFiles: snapshot.statementFiles.length, transactions: Object.fromEntries(ofWindow) }
  return { ...inputs, digest, extent }
}

/**
 * Opens the run's own database, with one table per finished step. A run that died is resumed where it stopped, unless
 * its inputs have changed since: then it starts over.
 */
export async function openWork(values: LakeSettings, inputs: NightlyInputs): Promise<DuckDb> {
  const folder = join(values.lakeDir, '_scratch')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `nightly-${inputs.date}.duckdb`)
  const opened = await openUsable(values, path)
  const [known] = await opened.rows<{ digest: string }>(`select digest from run_inputs`).catch(() => [])
  if (known?.digest === inputs.digest) return opened
  opened.close()
  await removeWork(values, inputs.date)
  const db = await openDuckDb(values, path)
  await db.run(`create table run_inputs as select ${literal(inputs.digest)} as digest`)
  return db
}

/** A file that another version of DuckDB wrote, or a full disk spoiled, is no use. */
async function openUsable(values: LakeSettings, path: string): Promise<DuckDb> {
  try {
    return await openDuckDb(values, path)
  } catch {
    await rm(path, { force: true })
    await rm(`${path}.wal`, { force: true })
    return openDuckDb(values, path)
  }
}

export async function removeWork(values: LakeSettings, date: string): Promise<void> {
  const path = join(values.lakeDir, '_scratch', `nightly-${date}.duckdb`)
  await rm(path, { force: true })
  await rm(`${path}.wal`, { force: true })
}

/** Views of the inputs, under the names that the queries read them by. */
export async function bindInputs(
  db: DuckDb,
  lake: Lake,
  inputs: NightlyInputs,
  rules: Rules,
  holidays: Holidays,
): Promise<void> {
  await bindViews(db, {
    ...ruleTables(rules, inputs.awaited),
    ...indexTables(rules, holidays, inputs.date),
    transactions: await lake.scan('transactions', inputs.transactions),
    fraud_verdicts: await lake.scan('fraud_verdicts', inputs.verdicts),
    statement_lines: `select * from (${await lake.scan('statement_lines', inputs.lines)})
      where booking_date between date ${literal(inputs.linesFrom)} and date ${literal(inputs.linesTo)}`,
    statement_references: await lake.scan('statement_references', inputs.references),
  })
}

/** What the indexes need of Postgres, as types that DuckDB gives the columns. */
const DIMENSIONS: Readonly<Record<string, { columns: Readonly<Record<string, string>>; from: string }>> = {
  merchants: {
    columns: {
      merchant_id: 'VARCHAR',
      name: 'VARCHAR',
      category: 'VARCHAR',
      country: 'VARCHAR',
      risk_level: 'VARCHAR',
    },
    from: 'merchants',
  },
  customers: {
    columns: {
      customer_id: 'VARCHAR',
      first_name: 'VARCHAR',
      last_name: 'VARCHAR',
      email: 'VARCHAR',
      phone: 'VARCHAR',
      date_of_birth: 'DATE',
      address: 'VARCHAR',
      country: 'VARCHAR',
      kyc_status: 'VARCHAR',
      risk_score: 'DECIMAL(5,2)',
    },
    from: 'customers',
  },
}

const OPS_COLUMNS: Readonly<Record<string, string>> = {
  minute: 'TIMESTAMP WITH TIME ZONE',
  business_date: 'DATE',
  transaction_count: 'BIGINT',
  completed_count: 'BIGINT',
  pending_count: 'BIGINT',
  failed_count: 'BIGINT',
  declined_count: 'BIGINT',
  malformed_count: 'BIGINT',
  verdict_count: 'BIGINT',
  latency_sum_ms: 'BIGINT',
  latency_max_ms: 'BIGINT',
}

/** Copies merchants, customers and the day's operations from Postgres to tables. */
export async function loadDimensions(db: DuckDb, database: NightlyDatabase, lake: Lake, date: string): Promise<void> {
  for (const [table, { columns, from }] of Object.entries(DIMENSIONS)) {
    await loadTable(db, database, lake, table, columns, `select ${Object.keys(columns).join(', ')} from ${from}`)
  }
  const ops = `select ${Object.keys(OPS_COLUMNS).join(', ')} from reconciliation.ops_index
    where business_date = ${literal(date)}`
  await loadTable(db, database, lake, 'ops_index', OPS_COLUMNS, ops)
}

async function loadTable(
  db: DuckDb,
  database: NightlyDatabase,
  lake: Lake,
  table: string,
  columns: Readonly<Record<string, string>>,
  query: string,
): Promise<void> {
  const csv = join(lake.scratchFolder, `nightly-${table}.csv`)
  try {
    await database.exportCsv(query, csv)
    const types = Object.entries(columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`)
    await db.run(`create or replace table ${table} as
      select ${Object.keys(columns).join(', ')}
      from read_csv(${literal(csv)}, header = true, nullstr = ${literal(CSV_NULL)}, columns = {${types.join(', ')}})`)
  } finally {
    await rm(csv, { force: true })
  }
}

/** The queries of a run in their order: matching, indexes, and the evidence of splits by the day it is about. */
export function nightlySteps(): SqlStep[] {
  const evidence: SqlStep = {
    name: 'group_lines_of_day',
    query: `SELECT i.business_date, g.transaction_id, g.line_id, g.bank_id, g.currency, g.bank_reference, g.booking_date,
      g.amount
      FROM group_lines g
      JOIN reconciliation_index i ON i.entry_id = g.transaction_id`,
  }
  return [...sqlSteps('match'), evidence, ...sqlSteps('index')]
}

/** Removes what a killed process left among the files on their way. */
export async function removeStaleScratch(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const { name } of entries) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (mtimeMs < Date.now() - STALE_MS) await rm(path, { recursive: true, force: true })
  }
}
