import { access, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { number, OperatingError, text, toggle, UsageError, type Values } from '@fintech-streams/service'
import { DAY_MS } from '@fintech-streams/contracts'
import { listLiteral, literal } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { filesOf } from '../lake/manifest.ts'
import { lakeSettings, openDuckDb, openLake } from '../lake/settings.ts'
import { bankOf, loadRules, rulesSettings } from '../rules.ts'
import { FORMATS } from './formats.ts'
import { type BreakLabel, generateStatements } from './generate.ts'
import { type FoundEntry } from './breaks.ts'
import { scoreOf } from './score.ts'
import { takeIn } from './take-in.ts'

const DEFAULT_FOLDER = join(import.meta.dirname, '../../../.data/statements')
const LABELS = 'labels'

const folder = text({
  env: 'STATEMENTS_DIR',
  default:
    process.env['FINTECH_DATA_DIR'] === undefined
      ? DEFAULT_FOLDER
      : join(process.env['FINTECH_DATA_DIR'], 'statements'),
  takes: 'folder',
  help: 'where statement files are',
})

const generatedSettings = {
  statementsDir: folder,
  date: text<string | undefined>({
    default: undefined,
    takes: 'date',
    help: 'the day, 2026-11-20; default: yesterday',
  }),
}

export const generateSettings = {
  ...lakeSettings,
  ...rulesSettings,
  ...generatedSettings,
  breaks: number({ default: 0.02, min: 0, max: 0.5, takes: 'share', help: 'share of transactions that are broken' }),
  seed: text({ default: '1', takes: 'text', help: 'the same seed breaks the same transactions the same way' }),
}

export const ingestSettings = {
  ...lakeSettings,
  ...rulesSettings,
  statementsDir: folder,
  failOnRefused: toggle({ env: 'STATEMENTS_FAIL_ON_REFUSED', help: 'end with 1 when a file is refused' }),
}

type Print = (line: string) => void

/**
 * Writes the statement files of a day, and beside them what is wrong with them.
 * @returns the files' paths.
 */
export async function generate(values: Values<typeof generateSettings>, print: Print): Promise<string[]> {
  const date = dayOf(values.date)
  const rules = loadRules(values.rulesFile)
  const db = await openDuckDb(values)
  try {
    const options = { date, share: values.breaks, seed: values.seed }
    await mkdir(join(values.statementsDir, LABELS), { recursive: true })
    const paths: string[] = []
    const labelLines: string[] = []
    let transactions = 0
    for await (const slice of generateStatements(openLake(values), db, rules, options)) {
      for (const statement of slice.statements) {
        const { bankId, part = 1 } = statement
        const { extension, write } = FORMATS[bankOf(rules, bankId).format]
        const day = statement.date === date ? date : `${statement.date}-of-${date}`
        const name = `${bankId}-${day}${part === 1 ? '' : `.${part}`}.${extension}`
        await writeStatement(values.statementsDir, name, write(statement))
        paths.push(join(values.statementsDir, name))
        print(`${name}: ${statement.lines.length} lines`)
      }
      for (const label of slice.labels) labelLines.push(`${JSON.stringify(label)}\n`)
      transactions += slice.transactions
    }
    if (transactions === 0) {
      throw new OperatingError(
        'no_transactions',
        `the lake has no completed transactions of ${date}: run reconciliation lake`,
      )
    }
    await writeStatement(join(values.statementsDir, LABELS), `${date}.ndjson`, labelLines.join(''))
    print(
      `${transactions} completed transactions of ${date}, ${labelLines.length} breaks, listed in ${LABELS}/${date}.ndjson`,
    )
    return paths
  } finally {
    db.close()
  }
}

/**
 * Takes in statement files; with none named, all of the folder. What is refused is printed and in `rejected/`, and it is
 * told to people by the next night.
 * @throws OperatingError when a file is refused and the settings say so.
 */
export async function ingest(
  values: Values<typeof ingestSettings>,
  given: readonly string[],
  print: Print,
): Promise<void> {
  const paths = given.length > 0 ? given : await statementFiles(values.statementsDir)
  if (paths.length === 0) print(`there are no files in ${values.statementsDir}`)
  const refused = await takeInFiles(values, paths, print)
  if (refused.length > 0 && values.failOnRefused) throw new OperatingError('refused', refused.join('; '))
}

/** @returns why files were refused. */
export async function takeInFiles(
  values: Values<typeof lakeSettings> & Values<typeof rulesSettings> & { readonly statementsDir: string },
  paths: readonly string[],
  print: Print,
): Promise<string[]> {
  if (paths.length === 0) return []
  const rules = loadRules(values.rulesFile)
  const db = await openDuckDb(values)
  try {
    return await takeIn(paths, { lake: openLake(values), db, rules, folder: values.statementsDir, print })
  } finally {
    db.close()
  }
}

export const scoreSettings = { ...lakeSettings, ...generatedSettings }

/** Prints how well the last night found the breaks that `generate` made. */
export async function score(values: Values<typeof scoreSettings>, print: Print): Promise<void> {
  const date = dayOf(values.date)
  const labels = await labelsOf(values.statementsDir, date)
  const lake = openLake(values)
  const files = filesOf(await lake.manifest.latest(), 'indexes/reconciliation_index')
  if (files.length === 0)
    throw new OperatingError('no_index', 'nothing has been reconciled yet: run reconciliation nightly')
  const paths = await Promise.all(files.map(({ path }) => lake.store.localPath(path)))
  const db = await openDuckDb(values)
  try {
    // What is settled a day late, and a line that belongs to nothing, is of the day it was booked on.
    const entries = await db.rows<FoundEntry>(`select status, reason, rule, transaction_id, bank_reference
      from read_parquet(${listLiteral(paths)}, hive_partitioning = false) where business_date >= date ${literal(date)}`)
    print(`${'break'.padEnd(22)}    made   found  invented  precision  recall`)
    for (const { kind, made, found, invented, precision, recall } of scoreOf(labels, entries)) {
      const counts = `${pad(made, 8)}${pad(found, 8)}${pad(invented, 10)}`
      print(`${kind.padEnd(22)}${counts}${pad(precision.toFixed(3), 11)}${pad(recall.toFixed(3), 8)}`)
    }
  } finally {
    db.close()
  }
}

const pad = (value: number | string, width: number): string => String(value).padStart(width)

const labelsFile = (directory: string, date: string): string => join(directory, LABELS, `${date}.ndjson`)

/** Whether statements of a date have been written, with what is wrong with them. */
export const hasLabels = (directory: string, date: string): Promise<boolean> =>
  access(labelsFile(directory, date)).then(
    () => true,
    () => false,
  )

async function labelsOf(directory: string, date: string): Promise<BreakLabel[]> {
  const path = labelsFile(directory, date)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new OperatingError('no_labels', `${path} is not there: only generated statements have one`)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BreakLabel)
}

/** A day as given, or yesterday. */
export function dayOf(given: string | undefined): string {
  const date = given ?? dateOf(Date.now() - DAY_MS)
  // A day that is none is read as one of the next month.
  if (/^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date)) && dateOf(Date.parse(date)) === date)
    return date
  throw new UsageError(`--date ${date} is not a day: write it like 2026-11-20`)
}

/** Statement files of a folder; none when it is not there. */
export async function statementFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => join(directory, name))
    .sort()
}

/** A reader of the folder never sees half a file. */
async function writeStatement(directory: string, name: string, content: string): Promise<void> {
  const scratch = join(directory, `.${name}.part`)
  await writeFile(scratch, content)
  await rename(scratch, join(directory, name))
}
