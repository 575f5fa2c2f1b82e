import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { OperatingError } from '@fintech-streams/service'
import { type DuckDb, listLiteral } from '../duckdb.ts'
import { type Lake } from '../lake/lake.ts'
import { type LakeFile } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { ruleTables } from '../sql/parameters.ts'
import { matchingPlan } from '../sql/plan.ts'
import { type NightlyInputs } from './work.ts'

/** What Spark makes is here in the lake until it has been taken over. No version names it. */
const FOLDER = '_spark'

export interface SparkRun {
  /** A command line, to which `--plan` and `--out` are added: `spark-submit scale/spark/reconcile.py`, for example. */
  readonly command: string
  readonly lake: Lake
  readonly rules: Rules
  readonly inputs: NightlyInputs
  readonly print: (line: string) => void
}

/**
 * Has the matching done by Spark, and takes its tables over, so that the night finds these steps done. Those that a run
 * before has taken over are not asked for again.
 * @throws OperatingError when the command fails.
 */
export async function matchOnSpark(db: DuckDb, { command, lake, rules, inputs, print }: SparkRun): Promise<void> {
  const { transactions, lines, references, date, digest } = inputs
  const urisOf = (files: readonly LakeFile[]): string[] => files.map(({ path }) => lake.store.uri(path))
  const plan = matchingPlan(
    {
      transactions: urisOf(transactions),
      statement_lines: urisOf(lines),
      statement_references: urisOf(references),
    },
    ruleTables(rules, inputs.awaited),
  )
  const done = await db.rows<{ name: string }>(`select table_name as name from duckdb_tables()`)
  const steps = plan.steps.filter(({ name }) => !done.some((table) => table.name === name))
  if (steps.length === 0) return
  const out = `${FOLDER}/${date}-${digest.slice(0, 16)}`
  await mkdir(lake.scratchFolder, { recursive: true })
  const planFile = join(lake.scratchFolder, `spark-${date}.json`)
  try {
    await writeFile(planFile, JSON.stringify(plan))
    await run(command, ['--plan', planFile, '--out', lake.store.uri(out)], print)
    for (const { name } of steps) await takeOver(db, lake, name, `${out}/${name}/`)
  } finally {
    await rm(planFile, { force: true })
    await lake.store.remove(await lake.store.list(out))
  }
}

async function takeOver(db: DuckDb, lake: Lake, name: string, prefix: string): Promise<void> {
  const keys = (await lake.store.list(prefix)).filter((key) => key.endsWith('.parquet'))
  if (keys.length === 0) throw new OperatingError('spark_failed', `Spark has written no table ${name}`)
  const paths = await Promise.all(keys.map((key) => lake.store.localPath(key)))
  await db.run(`create table ${name} as select * from read_parquet(${listLiteral(paths)}, hive_partitioning = false)`)
}

async function run(command: string, flags: readonly string[], print: (line: string) => void): Promise<void> {
  // By a shell, as an operator writes it; what is added needs no quoting but that of blanks.
  const quoted = flags.map((flag) => `'${flag.replaceAll("'", `'\\''`)}'`)
  const child = spawn('sh', ['-c', [command, ...quoted].join(' ')], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  let last = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last = line
      print(`spark: ${line}`)
    })
  }
  const code = await exited
  if (code !== 0) throw new OperatingError('spark_failed', `${command} ended with ${code ?? 'a signal'}: ${last}`)
}
