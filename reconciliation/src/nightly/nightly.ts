import { OperatingError } from '@fintech-streams/service'
import { RECONCILIATION_STATUSES } from '@fintech-streams/contracts'
import { type DuckDb, literal } from '../duckdb.ts'
import { compact, removeReplaced } from '../lake/compact.ts'
import { type Lake } from '../lake/lake.ts'
import { type LakeSettings, openDuckDb } from '../lake/settings.ts'
import { type Holidays, type Rules } from '../rules.ts'
import { runSteps, violationsOf } from '../sql/run-steps.ts'
import { sqlSteps, type SqlStep } from '../sql/steps.ts'
import { type NightlyDatabase } from './database.ts'
import { INDEXES } from './indexes.ts'
import { finishPublication, publish } from './publish.ts'
import { matchOnSpark } from './spark.ts'
import {
  bindInputs,
  loadDimensions,
  nightlyInputs,
  type NightlyInputs,
  nightlySteps,
  openWork,
  removeStaleScratch,
  removeWork,
} from './work.ts'

/** Nobody takes that long to take a statement in: a file of one that no version names is abandoned. */
const INGEST_WITHIN_MS = 3_600_000
/** How long the streaming indexes keep what the lake has for good. */
const PARTIAL_INDEX_DAYS = 30

export interface NightlyOptions {
  readonly date: string
  readonly lake: Lake
  readonly lakeSettings: LakeSettings
  readonly database: NightlyDatabase
  readonly rules: Rules
  readonly holidays: Holidays
  /** The command that does the matching, where DuckDB shall not (`SparkRun`). */
  readonly sparkCommand?: string | undefined
  /** @throws when the day cannot be reconciled now. */
  readonly requireHealthy: () => Promise<void>
  readonly print: (line: string) => void
  /** Called after each step, for whoever wants to see a run die there. */
  readonly onStep?: (step: string) => void
}

export interface NightlyResult {
  readonly runId: string
  /** Entries of the date by status. */
  readonly statuses: ReadonlyMap<string, number>
}

/**
 * Reconciles a day and builds its indexes. The same inputs give the same indexes, however often it runs and wherever it
 * died before; until all of them are right, nothing that was published changes.
 * @throws OperatingError when the streams are not past the day, or a check fails.
 */
export async function runNightly(options: NightlyOptions): Promise<NightlyResult> {
  const { date, lake, database, rules, holidays, print, onStep = () => undefined } = options
  const startedAt = new Date()
  if ((await finishPublication(lake, database)) > 0) print('finished the publication of a run that died')
  onStep('finish former run')
  await options.requireHealthy()
  onStep('health')
  await tidy(options)
  onStep('compact')
  const inputs = nightlyInputs(await lake.manifest.latest(), rules, holidays, date)
  requireInputs(inputs)
  const db = await openWork(options.lakeSettings, inputs)
  const result = await reconcile(db, inputs, startedAt, options).finally(() => db.close())
  await removeWork(options.lakeSettings, date)
  print(`published ${result.runId}`)
  return result
}

async function reconcile(
  db: DuckDb,
  inputs: NightlyInputs,
  startedAt: Date,
  { date, lake, database, rules, holidays, sparkCommand, print, onStep = () => undefined }: NightlyOptions,
): Promise<NightlyResult> {
  await bindInputs(db, lake, inputs, rules, holidays)
  await loadDimensions(db, database, lake, date)
  onStep('load')
  if (sparkCommand !== undefined) await matchOnSpark(db, { command: sparkCommand, lake, rules, inputs, print })
  const summary = await compute(db, print, onStep)
  await validate(db)
  onStep('validate')
  const runId = await publish(lake, db, database, { ...inputs, startedAt, summary }, onStep)
  return { runId, statuses: await statusesOf(db, date) }
}

async function tidy({ lake, lakeSettings, database, date, print }: NightlyOptions): Promise<void> {
  const abandoned = await lake.removeOrphans('statements', INGEST_WITHIN_MS)
  const orphans = abandoned + (await lake.removeOrphans('nightly')) + (await lake.removeOrphans('compaction'))
  if (orphans > 0) print(`removed ${orphans} files of a run that died`)
  await removeStaleScratch(lake.scratchFolder)
  const removed = await removeReplaced(lake)
  if (removed > 0) print(`removed ${removed} files that others took the place of`)
  await database.rows(
    `with f as (delete from reconciliation.fraud_index where business_date < current_date - $1::int)
     delete from reconciliation.ops_index where business_date < current_date - $1::int`,
    [PARTIAL_INDEX_DAYS],
  )
  const db = await openDuckDb(lakeSettings)
  try {
    const { partitions, filesBefore, duplicates } = await compact(lake, db, (day) => day <= date)
    print(`compacted ${filesBefore} files to ${partitions}, ${duplicates} duplicate records left out`)
  } finally {
    db.close()
  }
}

function requireInputs({ date, transactions }: NightlyInputs): void {
  if (!transactions.some((file) => file.date === date)) {
    throw new OperatingError('no_transactions', `the lake has no transactions of ${date}: nothing to reconcile`)
  }
}

async function compute(
  db: DuckDb,
  print: (line: string) => void,
  onStep: (step: string) => void,
): Promise<Record<string, number>> {
  const summary: Record<string, number> = {}
  for await (const { name, rows, seconds, isResumed } of runSteps(db, nightlySteps())) {
    summary[name] = rows
    const took = isResumed ? 'from the run before' : `${seconds.toFixed(2)} s`
    print(`${name.padEnd(24)} ${rows.toLocaleString('en-US').padStart(12)} rows  ${took}`)
    onStep(name)
  }
  return summary
}

/** @throws OperatingError when a key is there twice, or a day's totals do not balance to the cent. */
async function validate(db: DuckDb): Promise<void> {
  const violations = await violationsOf(db, [...sqlSteps('check'), statusCheck(), ...keyChecks()])
  if (violations.length === 0) return
  const shown = violations.map(({ check, subject, detail }) => `${check}: ${subject} ${detail}`)
  throw new OperatingError('not_valid', `the indexes are not published: ${shown.join('; ')}`)
}

/** Screens, dashboards and readers know these statuses and no other. */
const statusCheck = (): SqlStep => ({
  name: 'statuses',
  query: `select 'status ' || status as subject, cast(count(*) as varchar) || ' rows' as detail
    from reconciliation_index where status not in (${RECONCILIATION_STATUSES.map(literal).join(', ')}) group by status`,
})

function keyChecks(): SqlStep[] {
  return INDEXES.map(({ name, from, key }) => ({
    name: `${name}_keys`,
    query: `select ${key.map((column) => `cast(${column} as varchar)`).join(` || '/' || `)} as subject,
        cast(count(*) as varchar) || ' rows' as detail
      from ${from} group by business_date, ${key.join(', ')} having count(*) > 1`,
  }))
}

async function statusesOf(db: DuckDb, date: string): Promise<Map<string, number>> {
  const rows = await db.rows<{ status: string; n: string }>(
    `select status, cast(count(*) as varchar) as n from reconciliation_index
     where business_date = date '${date}' group by status order by status`,
  )
  return new Map(rows.map(({ status, n }) => [status, Number(n)]))
}
