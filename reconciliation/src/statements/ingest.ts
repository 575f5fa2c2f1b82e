import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { OperatingError } from '@fintech-streams/service'
import { DAY_MS } from '@fintech-streams/contracts'
import { type DuckDb } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { type Lake } from '../lake/lake.ts'
import { type LakeFile, type Snapshot, type StatementFile } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { readStatements } from './formats.ts'
import { accountOf, bankOfOwner } from './owner.ts'
import { BadStatement, type BankStatement, type RejectedLine } from './statement.ts'
import { StatementTables } from './statement-tables.ts'

/** A file is read whole: a camt.053 takes up to fourteen times its size of the heap beside what the program has. */
const FILE_BYTES_MAX = 32 << 20
const HEAP_PER_BYTE = 24
const FILE_BYTES_MIN = 1 << 20
/** The young generation has from 3 MiB to this, by the memory of the machine or container. */
const YOUNG_BYTES_MAX = 192 << 20

/** Upper bound of a file in bytes, with this process' old generation. */
export function fileBytesMax(oldBytes = oldGenerationBytes()): number {
  return Math.max(FILE_BYTES_MIN, Math.min(FILE_BYTES_MAX, Math.floor(oldBytes / HEAP_PER_BYTE)))
}

/** As the command line says; V8 tells only its sum with the young generation. */
function oldGenerationBytes(): number {
  const [, megabytes] = /--max[-_]old[-_]space[-_]size=(\d+)/.exec(process.execArgv.join(' ')) ?? []
  return megabytes === undefined ? getHeapStatistics().heap_size_limit - YOUNG_BYTES_MAX : Number(megabytes) * 2 ** 20
}

/** The days that a statement may be of: from the first, up to this far in the future. */
const FIRST_DAY = '2000-01-01'
const AHEAD_MAX_MS = 7 * DAY_MS
/** Others that take in files at the same time make this one look again. */
const ATTEMPTS_MAX = 10

/** A file as the lake's manifest has it, and what could not be read of it. */
export interface Ingested extends Omit<StatementFile, 'rejected'> {
  readonly outcome: 'taken' | 'known'
  readonly rejected: readonly RejectedLine[]
}

/** A file that cannot be taken in, by its own fault. */
export class RefusedFile extends OperatingError {
  /** SHA-256 of its content, or of its path where the content is not read. */
  readonly fileId: string

  constructor(code: 'bad_statement' | 'too_large' | 'unreadable', message: string, fileId: string, cause?: unknown) {
    super(code, message, cause)
    this.fileId = fileId
  }
}

/**
 * Takes a statement file into the lake, once: a file of the same content is known, whatever its name, and so is a line
 * of another file by its bank, account, reference, day and amount. Lines, rejects and the note that the file is taken
 * become visible together.
 * @throws RefusedFile when the file as a whole is not a statement of a bank that the rules know.
 */
export async function ingestStatement(lake: Lake, db: DuckDb, rules: Rules, path: string): Promise<Ingested> {
  const bytes = await contentOf(path)
  const sha256 = sha256Of(bytes)
  const isKnown = ({ statementFiles }: Snapshot): StatementFile | undefined =>
    statementFiles.find((file) => file.sha256 === sha256 && !file.isRefused)
  let statements: BankStatement[] | undefined
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const snapshot = await lake.manifest.latest()
    const known = isKnown(snapshot)
    if (known !== undefined) return { ...known, outcome: 'known', rejected: [] }
    statements ??= parsed(bytes, sha256, path, rules)
    const { files, knownLines } = await writeTables(lake, db, snapshot, sha256, statements)
    const file = noteOf(sha256, basename(path), statements, knownLines)
    let isTaken = false
    await lake.manifest.commit((latest) => {
      // What somebody else has taken in meanwhile may have lines of this file.
      isTaken = latest.statementFiles.length === snapshot.statementFiles.length
      if (!isTaken) return {}
      return { files: [...latest.files, ...files], statementFiles: [...latest.statementFiles, file] }
    })
    if (isTaken) return { ...file, outcome: 'taken', rejected: statements.flatMap(({ rejected }) => rejected) }
    await lake.store.remove(files.map((each) => each.path))
  }
  throw new OperatingError('lake_contended', `${path}: others take in files all the time: try again`)
}

const sha256Of = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

async function contentOf(path: string): Promise<Buffer> {
  const refused = (code: 'too_large' | 'unreadable', reason: string, cause?: unknown): RefusedFile =>
    new RefusedFile(code, `${basename(path)} is not taken in: ${reason}`, sha256Of(resolve(path)), cause)
  try {
    const { size } = await stat(path)
    const sizeMax = fileBytesMax()
    if (size <= sizeMax) return await readFile(path)
    const advice = sizeMax < FILE_BYTES_MAX ? 'split it, or give more --max-old-space-size' : 'split it'
    throw refused('too_large', `it has ${size} bytes, at most ${sizeMax} are read: ${advice}`)
  } catch (error) {
    if (error instanceof RefusedFile) throw error
    throw refused('unreadable', `it cannot be read: ${(error as Error).message}`, error)
  }
}

/** @throws RefusedFile whatever the file does to its parser: a file must not hold up the others. */
function parsed(bytes: Buffer, sha256: string, path: string, rules: Rules): BankStatement[] {
  try {
    return readStatements(bytes).map((statement) => {
      const bankId = bankOfOwner(rules, statement.owner).id
      return withinRange({ ...statement, bankId, account: accountOf(statement.owner) })
    })
  } catch (error) {
    const reason = error instanceof BadStatement ? error.message : `reading it failed: ${(error as Error).message}`
    throw new RefusedFile('bad_statement', `${basename(path)} is not taken in: ${reason}`, sha256, error)
  }
}

/** @throws BadStatement for a statement of a day that no statement is of yet; a line of such a day is rejected. */
function withinRange(statement: BankStatement): BankStatement {
  const last = dateOf(Date.now() + AHEAD_MAX_MS)
  const isWithin = (day: string): boolean => day >= FIRST_DAY && day <= last
  if (!isWithin(statement.date)) {
    throw new BadStatement(`it is of ${statement.date}: expected a day from ${FIRST_DAY} to ${last}`)
  }
  const outside = statement.lines.filter(({ bookingDate }) => !isWithin(bookingDate))
  if (outside.length === 0) return statement
  const rejected = outside.map(({ lineNumber, bankReference, bookingDate }) => ({
    lineNumber,
    reason: `it is booked on ${bookingDate}: expected a day from ${FIRST_DAY} to ${last}`,
    line: bankReference,
  }))
  return {
    ...statement,
    lines: statement.lines.filter(({ bookingDate }) => isWithin(bookingDate)),
    rejected: [...statement.rejected, ...rejected],
  }
}

async function writeTables(
  lake: Lake,
  db: DuckDb,
  snapshot: Snapshot,
  sha256: string,
  statements: readonly BankStatement[],
): Promise<{ files: LakeFile[]; knownLines: number }> {
  const tables = await StatementTables.open(lake, db, snapshot, sha256)
  try {
    for (const statement of statements) await tables.add(statement)
    return { files: await tables.write(), knownLines: tables.knownLines }
  } finally {
    await tables.close()
  }
}

function noteOf(sha256: string, name: string, statements: readonly BankStatement[], known: number): StatementFile {
  const sum = (of: (statement: BankStatement) => number): number =>
    statements.reduce((total, statement) => total + of(statement), 0)
  const [first] = statements
  if (first === undefined) throw new Error('a file that is read has a statement')
  const problems = statements.flatMap(({ account, date, imbalance }) =>
    imbalance === null ? [] : [`statement of ${account} of ${date}: ${imbalance}`],
  )
  return {
    sha256,
    name,
    bankId: first.bankId,
    date: first.date,
    lines: sum(({ lines }) => lines.length) - known,
    rejected: sum(({ rejected }) => rejected.length),
    known,
    unbooked: sum(({ unbookedCount }) => unbookedCount),
    statements: statements.map(({ bankId, account, from, date, isPartial, imbalance }) => ({
      bankId,
      account,
      from,
      to: date,
      isIncomplete: isPartial || imbalance !== null,
    })),
    problem: problems.length === 0 ? null : problems.join('; '),
    isRefused: false,
    ingestedAt: new Date().toISOString(),
  }
}
