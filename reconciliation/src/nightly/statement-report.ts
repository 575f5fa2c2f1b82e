import { kafkaConnection } from '@fintech-streams/kafka'
import { postgresConnection, withPostgres } from '@fintech-streams/postgres'
import { type StatementProblem } from '@fintech-streams/contracts'
import { createLogger } from '@fintech-streams/service'
import type pg from 'pg'
import { addDays } from '../calendar.ts'
import { literal } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { type Lake } from '../lake/lake.ts'
import { filesOf, type Snapshot, type StatementFile } from '../lake/manifest.ts'
import { openDuckDb, openLake } from '../lake/settings.ts'
import { loadHolidays, loadRules } from '../rules.ts'
import { StatementCoverage } from '../statements/coverage.ts'
import { openDays, transactionsByDay } from './days.ts'
import { type OpsAlert, raiseAlerts, type StatementsState, writeStatementsState } from './report.ts'
import { type NightlyValues } from './settings.ts'

/** After this many days a missing statement is reported once and no longer expected. */
const LATE_DAYS_MAX = 31
/** Of a file with more rejected lines, the first are shown to people; the lake has all. */
const SHOWN_REJECTS_MAX = 1_000

/** Something that people have to look into. */
interface Problem {
  readonly code: StatementProblem
  readonly date: string
  readonly message: string
}

/**
 * Reports on the statements: the outcome of each file and its lines, in Postgres; and each statement that was refused,
 * does not add up or is missing, once, as a failure, an alert and in the metrics.
 */
export async function reportStatements(values: NightlyValues): Promise<void> {
  const lake = openLake(values)
  const snapshot = await lake.manifest.latest()
  const late = lateStatements(snapshot, values)
  await writeStatementsState(values.lakeDir, stateOf(snapshot, late.length))
  const told = await withPostgres(postgresConnection(values), async (client) => {
    const reported: StatementFile[] = []
    for (const file of await unreported(client, snapshot)) if (await upsertFile(client, file)) reported.push(file)
    await insertRejects(client, lake, snapshot, values, reported)
    const problems: Problem[] = []
    for (const problem of [...reported.flatMap(problemsOf), ...late]) {
      if (await insertFailure(client, problem)) problems.push(problem)
    }
    return problems
  })
  await alert(values, told)
}

/** Alerts are on the way to people as well; a broker that does not answer must not keep the rows from them. */
async function alert(values: NightlyValues, problems: readonly Problem[]): Promise<void> {
  const logger = createLogger('nightly')
  const alerts = problems.map(({ code, date, message }): OpsAlert => ({
    source: 'reconciliation',
    severity: 'WARNING',
    code,
    message,
    business_date: date,
    raised_at: new Date().toISOString(),
  }))
  const connection = kafkaConnection(values, 'fintech-nightly')
  await raiseAlerts(connection, alerts, logger).catch((error: unknown) => {
    logger.warn({ err: error }, 'not told by an alert')
  })
}

function problemsOf({ name, date, problem, isRefused, rejected }: StatementFile): Problem[] {
  if (isRefused) return [{ code: 'refused_file', date, message: problem ?? `${name} is not taken in` }]
  return [
    ...(rejected === 0
      ? []
      : [{ code: 'rejected_lines', date, message: `${name}: ${rejected} lines cannot be read` } as const]),
    ...(problem === null ? [] : [{ code: 'incomplete_statement', date, message: `${name}: ${problem}` } as const]),
  ]
}

function lateStatements(snapshot: Snapshot, values: NightlyValues): Problem[] {
  const nowMs = Date.now()
  const first = addDays(dateOf(nowMs), -LATE_DAYS_MAX)
  const days = [...transactionsByDay(snapshot).keys()].filter((day) => day >= first).sort()
  const [from, to] = [days[0], days.at(-1)]
  if (from === undefined || to === undefined) return []
  const coverage = new StatementCoverage(snapshot, loadRules(values.rulesFile), loadHolidays(values.holidaysFile))
  return coverage.late(from, to, nowMs).map(({ bankId, day }) => ({
    code: 'late_statement',
    date: day,
    message: `no whole statement of ${bankId} of ${day} has come: ask the bank for it; the day is reconciled again then`,
  }))
}

function stateOf(snapshot: Snapshot, late: number): StatementsState {
  const sum = (of: (file: StatementFile) => number): number =>
    snapshot.statementFiles.reduce((total, file) => total + of(file), 0)
  return {
    files: { taken: sum(({ isRefused }) => Number(!isRefused)), refused: sum(({ isRefused }) => Number(isRefused)) },
    lines: {
      taken: sum(({ lines }) => lines),
      rejected: sum(({ rejected }) => rejected),
      known: sum(({ known }) => known),
      unbooked: sum(({ unbooked }) => unbooked),
    },
    late,
    openDays: openDays(snapshot, addDays(dateOf(Date.now()), -1)).length,
  }
}

/** Files that Postgres does not have, or has as refused; of a file that came several times the last note counts. */
async function unreported(client: pg.Client, { statementFiles }: Snapshot): Promise<StatementFile[]> {
  const { rows } = await client.query<{ file_id: string; is_refused: boolean }>(
    'select file_id, is_refused from reconciliation.statement_files',
  )
  const known = new Map(rows.map(({ file_id, is_refused }) => [file_id, is_refused]))
  const last = new Map(statementFiles.map((file) => [file.sha256, file]))
  return [...last.values()].filter((file) => known.get(file.sha256) !== file.isRefused)
}

/** @returns whether it was this process that brought the news. */
async function upsertFile(client: pg.Client, file: StatementFile): Promise<boolean> {
  const days = file.statements.flatMap(({ from, to }) => [from, to]).sort()
  const { rowCount } = await client.query(
    `insert into reconciliation.statement_files as f (file_id, name, business_date, bank_ids, first_day, last_day,
       is_refused, taken_count, rejected_count, known_count, unbooked_count, problem, ingested_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (file_id) do update set name = excluded.name, business_date = excluded.business_date,
       bank_ids = excluded.bank_ids, first_day = excluded.first_day, last_day = excluded.last_day,
       is_refused = excluded.is_refused, taken_count = excluded.taken_count, rejected_count = excluded.rejected_count,
       known_count = excluded.known_count, unbooked_count = excluded.unbooked_count, problem = excluded.problem,
       ingested_at = excluded.ingested_at
     where f.is_refused is distinct from excluded.is_refused`,
    [
      file.sha256,
      file.name,
      file.date,
      [...new Set(file.statements.map(({ bankId }) => bankId))].join(','),
      days[0] ?? file.date,
      days.at(-1) ?? file.date,
      file.isRefused,
      file.lines,
      file.rejected,
      file.known,
      file.unbooked,
      file.problem,
      file.ingestedAt,
    ],
  )
  return rowCount === 1
}

async function insertRejects(
  client: pg.Client,
  lake: Lake,
  snapshot: Snapshot,
  values: NightlyValues,
  reported: readonly StatementFile[],
): Promise<void> {
  const ids = reported.filter(({ rejected }) => rejected > 0).map(({ sha256 }) => sha256)
  if (ids.length === 0) return
  const db = await openDuckDb(values)
  try {
    const rejects = await lake.scan('statement_rejects', filesOf(snapshot, 'statement_rejects'))
    for (const id of ids) {
      const rows = await db.rows<{
        file_id: string
        line_number: number
        bank_id: string
        reason: string
        line: string
      }>(
        `select file_id, line_number, bank_id, reason, line from (${rejects})
         where file_id = ${literal(id)} order by line_number limit ${SHOWN_REJECTS_MAX}`,
      )
      await client.query(
        `insert into reconciliation.rejected_lines (file_id, line_number, bank_id, reason, line)
         select file_id, line_number, bank_id, reason, line from jsonb_to_recordset($1::jsonb)
           as r (file_id text, line_number integer, bank_id text, reason text, line text)
         on conflict (file_id, line_number) do nothing`,
        [JSON.stringify(rows)],
      )
    }
  } finally {
    db.close()
  }
}

/** @returns whether it has not been reported before. */
async function insertFailure(client: pg.Client, { code, date, message }: Problem): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into reconciliation.failures (business_date, code, message)
     select $1::date, $2::text, $3::text where not exists (
       select from reconciliation.failures where business_date = $1 and code = $2 and message = $3)`,
    [date, code, message],
  )
  return rowCount === 1
}
