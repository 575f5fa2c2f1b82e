import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDb, listLiteral, type SqlPlan, bindViews, runSteps } from '@fintech-streams/reconciliation'
import { type EngineRun, statusesOf } from './engines.ts'

/** `node duckdb-main.ts plan.json folder memory-mb`: runs a plan, a table a step in a database file, as the night does. */
const [planFile = '', folder = '', memoryMb = ''] = process.argv.slice(2)
const plan = JSON.parse(await readFile(planFile, 'utf8')) as SqlPlan
const path = join(folder, 'work.duckdb')
for (const file of [path, `${path}.wal`]) await rm(file, { force: true })
const db = await DuckDb.open({ path, memoryMb: Number(memoryMb), threads: 2, spillFolder: join(folder, 'spill') })
const startMs = performance.now()
await bindViews(
  db,
  Object.fromEntries(
    Object.entries(plan.views).map(([name, view]) => [
      name,
      'sql' in view ? view.sql : `select * from read_parquet(${listLiteral(view.files)})`,
    ]),
  ),
)
const steps: Record<string, number> = {}
for await (const { name, seconds } of runSteps(db, plan.steps)) steps[name] = seconds
const run: EngineRun = {
  seconds: (performance.now() - startMs) / 1_000,
  steps,
  peakMb: Math.round(process.resourceUsage().maxRSS / 1_024),
  statuses: await statusesOf(db, 'reconciliation_index'),
}
db.close()
for (const file of [path, `${path}.wal`]) await rm(file, { force: true })
process.stdout.write(JSON.stringify(run))
