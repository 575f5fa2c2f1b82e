import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS } from '@fintech-streams/contracts'
import { z } from 'zod'
import { type DuckDb, literal } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { type Lake } from '../lake/lake.ts'
import { type LakeFile, type Snapshot } from '../lake/manifest.ts'
import { CSV_NULL, type NightlyDatabase } from './database.ts'
import { INDEXES, type IndexSpec } from './indexes.ts'

/** What the next version of the lake is to name: files of days and indexes instead of those that were there. */
const lakeChangeSchema = z.object({
  runId: z.string(),
  date: z.string(),
  days: z.record(z.string(), z.array(z.string())),
  files: z.array(
    z.object({ path: z.string(), table: z.string(), date: z.string(), rows: z.number(), bytes: z.number() }),
  ),
  extent: z
    .object({ statementFiles: z.number(), transactions: z.record(z.string(), z.number()) })
    .default({ statementFiles: 0, transactions: {} }),
})
type LakeChange = z.infer<typeof lakeChangeSchema>

export interface Publication {
  readonly date: string
  readonly windowStart: string
  readonly extent: LakeChange['extent']
  readonly startedAt: Date
  readonly summary: Readonly<Record<string, number>>
}

/**
 * Publishes all indexes: their Parquet files first, which nobody sees yet, then all rows in one transaction of Postgres
 * that also notes what the lake is to name, then the lake's next version. One that dies before the transaction is as if
 * it had not been; one that dies after it is brought to its end by {@link finishPublication}.
 */
export async function publish(
  lake: Lake,
  db: DuckDb,
  database: NightlyDatabase,
  publication: Publication,
  onStep: (step: string) => void,
): Promise<string> {
  const { date, windowStart, startedAt, summary, extent } = publication
  const runId = `${date}-${randomUUID()}`
  const change = { ...(await writeFiles(lake, db, runId, date, windowStart)), extent }
  onStep('write')
  await database.transaction(async () => {
    for (const index of INDEXES) await replaceRows(lake, db, database, index, daysOf(index, date, windowStart))
    await database.rows(
      `insert into reconciliation.runs (run_id, business_date, started_at, lake_change, summary)
       values ($1, $2, $3, $4, $5)`,
      [runId, date, startedAt, JSON.stringify(change), JSON.stringify(summary)],
    )
  })
  onStep('publish in Postgres')
  await finishPublication(lake, database)
  onStep('publish in the lake')
  return runId
}

/** Gives the lake what a published run noted for it. Nothing to do is the rule. */
export async function finishPublication(lake: Lake, database: NightlyDatabase): Promise<number> {
  const pending = await database.rows<{ lake_change: unknown }>(
    `select lake_change from reconciliation.runs where lake_change is not null order by published_at`,
  )
  for (const { lake_change } of pending) {
    const change = lakeChangeSchema.parse(lake_change)
    await commitToLake(lake, change)
    await database.rows(`update reconciliation.runs set lake_change = null where run_id = $1`, [change.runId])
  }
  return pending.length
}

/** Gives the lake what a run noted for it, once. */
export async function commitToLake(lake: Lake, { runId, date, days, files, extent }: LakeChange): Promise<void> {
  const isReplaced = (file: LakeFile): boolean => days[file.table]?.includes(file.date) === true
  const at = new Date().toISOString()
  await lake.manifest.commit((latest) => {
    if (latest.runs[date] === runId) return {}
    return {
      files: [...latest.files.filter((file) => !isReplaced(file)), ...files],
      replaced: [...latest.replaced, ...latest.files.filter(isReplaced).map(({ path }) => ({ path, at }))],
      runs: { ...latest.runs, [date]: runId },
      reconciled: { ...latest.reconciled, ...reconciledBy(latest, date, extent) },
    }
  })
}

/**
 * What the days of a night's window have been reconciled with. Only the night's own date has all of its indexes from its
 * transactions; those of the other days have to be as many as they were then.
 */
function reconciledBy(latest: Snapshot, date: string, extent: LakeChange['extent']): Snapshot['reconciled'] {
  const days = Object.entries(extent.transactions).filter(([day]) => day === date || latest.runs[day] !== undefined)
  const { statementFiles } = extent
  return Object.fromEntries(
    days.map(([day, now]) => {
      const transactions = day === date ? now : (latest.reconciled[day]?.transactions ?? now)
      return [day, { statementFiles, transactions }]
    }),
  )
}

function daysOf({ days }: IndexSpec, date: string, windowStart: string): string[] {
  if (days === 'date') return [date]
  const all: string[] = []
  for (let atMs = Date.parse(windowStart); atMs <= Date.parse(date); atMs += DAY_MS) all.push(dateOf(atMs))
  return all
}

async function writeFiles(
  lake: Lake,
  db: DuckDb,
  runId: string,
  date: string,
  windowStart: string,
): Promise<Omit<LakeChange, 'extent'>> {
  const files: LakeFile[] = []
  const days: Record<string, string[]> = {}
  for (const index of INDEXES) {
    const table = lakeTable(index)
    days[table] = daysOf(index, date, windowStart)
    for (const day of days[table]) {
      const query = `${rowsOf(index)} where business_date = date ${literal(day)} order by ${index.key.join(', ')}`
      const file = await lake.writeQuery(db, 'nightly', table, day, query)
      if (file.rows > 0) files.push(file)
      else await lake.store.remove([file.path])
    }
  }
  return { runId, date, days, files }
}

const rowsOf = ({ columns, from }: IndexSpec): string => `select ${columns.join(', ')} from ${from}`

/** Where an index is in the lake, beside the raw tables. */
export const lakeTable = ({ name }: Pick<IndexSpec, 'name'>): string => `indexes/${name}`

async function replaceRows(
  lake: Lake,
  db: DuckDb,
  database: NightlyDatabase,
  index: IndexSpec,
  days: readonly string[],
): Promise<void> {
  if (index.table === undefined) return
  const table = `reconciliation.${index.table}`
  const csv = join(lake.scratchFolder, `nightly-${index.name}.csv`)
  try {
    const range = `business_date between date ${literal(days[0]!)} and date ${literal(days.at(-1)!)}`
    await db.run(`copy (${rowsOf(index)} where ${range}) to ${literal(csv)}
      (format csv, header false, nullstr ${literal(CSV_NULL)})`)
    await database.rows(`delete from ${table} where ${range}`)
    await database.importCsv(table, index.columns, csv)
  } finally {
    await rm(csv, { force: true })
  }
}
