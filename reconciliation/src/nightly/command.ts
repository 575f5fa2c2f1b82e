import {
  createLogger,
  kafkaSettings,
  number,
  OperatingError,
  postgresSettings,
  text,
  type Values,
} from '@fintech-streams/service'
import { kafkaConnection } from '@fintech-streams/kafka'
import { postgresConnection } from '@fintech-streams/postgres'
import { lakeSettings, openLake } from '../lake/settings.ts'
import { loadHolidays, loadRules, rulesSettings } from '../rules.ts'
import { dayOf } from '../statements/command.ts'
import { NightlyDatabase } from './database.ts'
import { requireHealthy } from './health.ts'
import { type NightlyResult, runNightly } from './nightly.ts'
import { raiseAlert, writeNightlyState } from './report.ts'

export const nightlySettings = {
  ...postgresSettings,
  ...kafkaSettings,
  ...lakeSettings,
  ...rulesSettings,
  date: text<string | undefined>({
    default: undefined,
    takes: 'date',
    help: 'the day, 2026-11-20; default: yesterday',
  }),
  sparkCommand: text({
    env: 'RECONCILIATION_SPARK',
    default: undefined,
    takes: 'command',
    help: "the matching is done by this command instead of DuckDB: 'spark-submit scale/spark/reconcile.py'",
  }),
  maxLag: number({
    env: 'RECONCILIATION_MAX_LAG',
    default: 10_000,
    min: 0,
    integer: true,
    takes: 'records',
    help: 'how far lake and processor may be behind',
  }),
  maxDeadLetters: number({
    env: 'RECONCILIATION_MAX_DEAD_LETTERS',
    default: 100,
    min: 0,
    integer: true,
    takes: 'records',
    help: 'how many records of the day may be unreadable',
  }),
}

type NightlyValues = Values<typeof nightlySettings>

/** Runs the nightly batch for a day; a failure is an alert, a row of reconciliation.failures and a metric as well. */
export async function nightly(values: NightlyValues, print: (line: string) => void): Promise<void> {
  const date = dayOf(values.date)
  const startMs = performance.now()
  const seconds = (): number => (performance.now() - startMs) / 1_000
  try {
    const { statuses } = await run(values, date, print)
    for (const [status, n] of statuses) print(`${status.padEnd(20)} ${n.toLocaleString('en-US').padStart(12)}`)
    const state = { date, succeeded: true, seconds: seconds(), statuses: Object.fromEntries(statuses) }
    await writeNightlyState(values.lakeDir, { ...state, finishedAtMs: Date.now() })
  } catch (error) {
    const state = { date, succeeded: false, seconds: seconds(), statuses: {} }
    await writeNightlyState(values.lakeDir, { ...state, finishedAtMs: Date.now() })
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
    raiseAlert(connection, alert, logger),
    NightlyDatabase.recordFailure(postgresConnection(values), date, code, message),
  ])
  for (const outcome of told)
    if (outcome.status === 'rejected') logger.warn({ err: outcome.reason as Error }, 'not told')
}
