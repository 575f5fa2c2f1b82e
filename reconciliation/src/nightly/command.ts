import { createLogger, OperatingError } from '@fintech-streams/service'
import { kafkaConnection } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { openLake } from '../lake/settings.ts'
import { loadHolidays, loadRules } from '../rules.ts'
import { dayOf } from '../statements/command.ts'
import { NightlyDatabase } from './database.ts'
import { openDays, staleDays } from './days.ts'
import { requireHealthy } from './health.ts'
import { type NightlyResult, runNightly } from './nightly.ts'
import { raiseAlerts, writeNightlyState } from './report.ts'
import { type NightlyValues } from './settings.ts'
import { reportStatements } from './statement-report.ts'

/**
 * Runs the nightly batch for a day, or for each day that needs it, the oldest first; one that fails does not hold up the
 * others.
 * @throws the first failure, when all days have been tried.
 */
export async function nightly(values: NightlyValues, print: (line: string) => void): Promise<void> {
  const failures: unknown[] = []
  const tried = new Set<string>()
  const next = async (): Promise<string | undefined> =>
    values.date === undefined ? nextDay(values, tried) : [dayOf(values.date)].find((date) => !tried.has(date))
  for (let date = await next(); date !== undefined; date = await next()) {
    tried.add(date)
    await reconcileDay(values, date, print).catch((error: unknown) => failures.push(error))
  }
  if (tried.size === 0) print('every day that is over has been reconciled, with all that has come')
  await reportStatements(values).catch((error: unknown) => {
    createLogger('nightly').warn({ err: error }, 'not told of statements')
  })
  if (failures.length > 0) throw failures[0]
}

async function nextDay(values: NightlyValues, tried: ReadonlySet<string>): Promise<string | undefined> {
  const snapshot = await openLake(values).manifest.latest()
  const days = [...openDays(snapshot, dayOf(undefined)), ...staleDays(snapshot, loadRules(values.rulesFile))]
  return days.find((day) => !tried.has(day))
}

/** Runs the nightly batch for a day; a failure is an alert, a row of reconciliation.failures and a metric as well. */
export async function reconcileDay(values: NightlyValues, date: string, print: (line: string) => void): Promise<void> {
  const startMs = performance.now()
  const finish = (succeeded: boolean, statuses: Readonly<Record<string, number>>): Promise<void> => {
    const seconds = (performance.now() - startMs) / 1_000
    return writeNightlyState(values.lakeDir, { date, succeeded, seconds, statuses, finishedAtMs: Date.now() })
  }
  try {
    const { statuses } = await run(values, date, print)
    for (const [status, n] of statuses) print(`${status.padEnd(20)} ${n.toLocaleString('en-US').padStart(12)}`)
    await finish(true, Object.fromEntries(statuses))
  } catch (error) {
    await finish(false, {})
    await tellOfFailure(values, date, error)
    throw error
  }
}

/** @throws OperatingError that says what speaks against reconciling the day now. */
export async function checkHealth(values: NightlyValues, date: string): Promise<void> {
  const database = await NightlyDatabase.open(postgresConnection(values))
  try {
    await requireHealthyBy(values, database, date)
  } finally {
    await database.close()
  }
}

async function requireHealthyBy(values: NightlyValues, database: NightlyDatabase, date: string): Promise<void> {
  const connection = kafkaConnection(values, 'fintech-nightly')
  await requireHealthy(connection, database, await openLake(values).manifest.latest(), date, {
    lagRecordsMax: values.maxLag,
    deadLettersMax: values.maxDeadLetters,
  })
}

async function run(values: NightlyValues, date: string, print: (line: string) => void): Promise<NightlyResult> {
  const rules = loadRules(values.rulesFile)
  const holidays = loadHolidays(values.holidaysFile)
  const lake = openLake(values)
  const database = await NightlyDatabase.open(postgresConnection(values))
  try {
    return await runNightly({
      date,
      lake,
      lakeSettings: values,
      database,
      rules,
      holidays,
      sparkCommand: values.sparkCommand,
      print,
      requireHealthy: () => requireHealthyBy(values, database, date),
    })
  } finally {
    await database.close()
  }
}

/** Tells everybody who can be reached. What cannot be told must not hide what has happened. */
async function tellOfFailure(values: NightlyValues, date: string, error: unknown): Promise<void> {
  const logger = createLogger('nightly')
  const code = error instanceof OperatingError ? error.code : 'bug'
  const message = error instanceof Error ? error.message : String(error)
  const connection = kafkaConnection(values, 'fintech-nightly')
  const alert = {
    source: 'reconciliation',
    severity: 'CRITICAL',
    code,
    message,
    business_date: date,
    raised_at: new Date().toISOString(),
  } as const
  const told = await Promise.allSettled([
    raiseAlerts(connection, [alert], logger),
    NightlyDatabase.recordFailure(postgresConnection(values), date, code, message),
  ])
  for (const outcome of told)
    if (outcome.status === 'rejected') logger.warn({ err: outcome.reason as Error }, 'not told')
}
