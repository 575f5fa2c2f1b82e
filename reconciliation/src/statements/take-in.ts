import { access, mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { type DuckDb } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { type Lake } from '../lake/lake.ts'
import { type StatementFile } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { type Ingested, ingestStatement, RefusedFile } from './ingest.ts'

const REJECTED = 'rejected'
const SHORT_ID_DIGITS = 12

export interface TakeInOptions {
  readonly lake: Lake
  readonly db: DuckDb
  readonly rules: Rules
  /** Where statement files arrive: one of these that is refused goes to its folder `rejected`. */
  readonly folder: string
  readonly print: (line: string) => void
}

/**
 * Takes in files, each for itself: one that is refused goes to `rejected/` with its reason beside it, and what keeps the
 * lake from taking a file does not keep it from trying the next.
 * @returns the files that were refused, with the reasons.
 * @throws the first error that is not a file's own fault, when all files have been tried; those stay where they are.
 */
export async function takeIn(paths: readonly string[], options: TakeInOptions): Promise<string[]> {
  const refused: string[] = []
  const failures: unknown[] = []
  for (const path of paths) {
    try {
      report(path, await ingestStatement(options.lake, options.db, options.rules, path), options.print)
    } catch (error) {
      if (error instanceof RefusedFile) {
        refused.push(error.message)
        await refuse(path, error, options)
      } else failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return refused
}

function report(path: string, file: Ingested, print: (line: string) => void): void {
  if (file.outcome === 'known') {
    print(`${path}: taken in before (${file.bankId}, ${file.date})`)
    return
  }
  const counts = [
    `${file.lines} lines`,
    `${file.rejected.length} rejected`,
    ...(file.known > 0 ? [`${file.known} known from other files`] : []),
    ...(file.unbooked > 0 ? [`${file.unbooked} not booked`] : []),
  ]
  print(`${path}: ${file.bankId}, ${file.date}, ${counts.join(', ')}`)
  if (file.problem !== null) print(`${path}: ${file.problem}`)
  for (const { lineNumber, reason } of file.rejected) print(`${path}:${lineNumber}: ${reason}`)
}

async function refuse(path: string, error: RefusedFile, { lake, folder, print }: TakeInOptions): Promise<void> {
  print(error.message)
  const now = new Date()
  const file: StatementFile = {
    sha256: error.fileId,
    name: basename(path),
    bankId: '',
    date: dateOf(now.getTime()),
    lines: 0,
    rejected: 0,
    known: 0,
    unbooked: 0,
    statements: [],
    problem: error.message,
    isRefused: true,
    ingestedAt: now.toISOString(),
  }
  await lake.manifest.commit(({ statementFiles }) => {
    const last = statementFiles.findLast(({ sha256 }) => sha256 === file.sha256)
    // Where it cannot be moved away, it is met again and again.
    return last?.problem === file.problem ? {} : { statementFiles: [...statementFiles, file] }
  })
  if (resolve(dirname(path)) === resolve(folder)) await moveAway(path, error, print)
}

async function moveAway(path: string, error: RefusedFile, print: (line: string) => void): Promise<void> {
  try {
    const target = join(dirname(path), REJECTED)
    await mkdir(target, { recursive: true })
    const name = await freeName(target, basename(path), error.fileId)
    await writeFile(join(target, `${name}.reason.txt`), `${error.message}\n`)
    await rename(path, join(target, name))
  } catch (failure) {
    print(`${path} stays where it is: ${(failure as Error).message}`)
  }
}

/** Another file of that name may have been refused before. */
async function freeName(folder: string, name: string, fileId: string): Promise<string> {
  const isTaken = await access(join(folder, name)).then(
    () => true,
    () => false,
  )
  if (!isTaken) return name
  const extension = extname(name)
  return `${name.slice(0, name.length - extension.length)}-${fileId.slice(0, SHORT_ID_DIGITS)}${extension}`
}
