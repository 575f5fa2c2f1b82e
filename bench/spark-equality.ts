/**
 * Holds what Spark makes of the reconciliation's queries against what DuckDB makes of them: every row of every step, on a
 * day of which one merchant has three in ten transactions.
 *
 * npx node bench/spark-equality.ts --transactions 100000
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addSettings, createProgram, number, OperatingError, runProgram, valuesOf } from '@fintech-streams/service'
import {
  DuckDb,
  literal,
  loadRules,
  ruleTables,
  matchingPlan,
  bindViews,
  runSteps,
} from '@fintech-streams/reconciliation'
import { benchFolder } from './src/bench-stack.ts'
import { writeDay } from './src/reconciliation/day.ts'
import { writePlan } from './src/reconciliation/engines.ts'
import { runSpark } from './src/reconciliation/spark.ts'

const MEMORY_MB = 2_048

const settings = {
  transactions: number({ default: 100_000, min: 50, integer: true, help: 'of the day, a multiple of fifty' }),
}
const program = createProgram('spark-equality', 'Spark and DuckDB over the same day, every row of every step compared')
addSettings(program, settings).action(async () => {
  const { transactions } = valuesOf(program, settings)
  const folder = join(benchFolder(), 'spark-equality')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const db = await DuckDb.open({ memoryMb: MEMORY_MB, threads: 2, spillFolder: join(folder, 'spill') })
  try {
    await compare(db, folder, transactions)
  } finally {
    db.close()
    await rm(folder, { recursive: true, force: true })
  }
})
await runProgram(program)

async function compare(db: DuckDb, folder: string, transactions: number): Promise<void> {
  const files = await writeDay(db, folder, transactions)
  const inputs = {
    transactions: [files.transactions],
    statement_lines: [files.statement_lines],
    statement_references: [files.statement_references],
  }
  const rules = ruleTables(loadRules())
  const plan = matchingPlan(inputs, rules)
  const out = join(folder, 'out')
  await runSpark(await writePlan(plan, folder), out, MEMORY_MB)
  const views = Object.entries(files).map(
    ([name, file]) => [name, `select * from read_parquet(${literal(file)})`] as const,
  )
  await bindViews(db, { ...rules, ...Object.fromEntries(views) })
  let differing = 0
  for await (const { name, rows } of runSteps(db, plan.steps)) {
    const apart = await difference(db, name, `${out}/${name}/*.parquet`)
    differing += apart.n
    const verdict = apart.n === 0 ? 'equal' : `${apart.n} differ, one of them ${apart.example}`
    console.log(`${name.padEnd(24)} ${String(rows).padStart(9)} rows  ${verdict}`)
  }
  if (differing > 0) throw new OperatingError('bench_failed', 'Spark and DuckDB differ, as shown above')
}

/** Rows that one side has more often than the other. What is a whole number may be a smaller one in Spark. */
async function difference(db: DuckDb, table: string, parquet: string): Promise<{ n: number; example: string }> {
  const theirs = `(select * from read_parquet(${literal(parquet)}))`
  const columns = async (of: string): Promise<string> =>
    JSON.stringify(await db.rows(`select column_name from (describe select * from ${of})`))
  const [here, there] = [await columns(table), await columns(theirs)]
  if (here !== there) return { n: 1, example: `columns ${there} instead of ${here}` }
  const apart = `(select * from ${table} except all select * from ${theirs})
    union all (select * from ${theirs} except all select * from ${table})`
  const { n } = await db.row<{ n: number }>(`select count(*)::int as n from (${apart})`)
  if (n === 0) return { n, example: '' }
  return { n, example: JSON.stringify(await db.row(`select * from (${apart}) limit 1`)) }
}
