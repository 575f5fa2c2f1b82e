import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { OperatingError } from '@fintech-streams/service'
import { formatMinor } from '@fintech-streams/contracts'
import { type DuckDb } from '../duckdb.ts'
import { type Lake } from '../lake/lake.ts'
import { type LakeFile } from '../lake/manifest.ts'
import { type LakeRow } from '../lake/tables.ts'
import { bankOf, type Rules } from '../rules.ts'
import { FORMATS, formatOf } from './formats.ts'
import { BadStatement, type ParsedStatement, type RejectedLine, type StatementLine } from './statement.ts'

/** A file is read whole. */
const FILE_BYTES_MAX = 512 << 20
const SHORT_ID_DIGITS = 12

export interface Ingested {
  readonly outcome: 'taken' | 'known'
  readonly bankId: string
  readonly date: string
  readonly lines: number
  readonly rejected: readonly RejectedLine[]
}

/**
 * Takes a statement file into the lake, once: a file of the same content is known, whatever its name. Lines, rejects
 * and the note that the file is taken become visible together.
 * @throws OperatingError when the file as a whole is not a statement of a bank that the rules know.
 */
export async function ingestStatement(lake: Lake, db: DuckDb, rules: Rules, path: string): Promise<Ingested> {
  const bytes = await contentOf(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const known = (await lake.manifest.latest()).statementFiles.find((file) => file.sha256 === sha256)
  if (known !== undefined) return { outcome: 'known', bankId: known.bankId, date: known.date, lines: 0, rejected: [] }
  const statement = parsed(bytes.toString('utf8'), path, rules)
  const files = await writeStatement(lake, db, sha256, statement)
  const { bankId, date, lines, rejected } = statement
  const note = { sha256, name: basename(path), bankId, date, lines: lines.length, rejected: rejected.length }
  let isTaken = false
  await lake.manifest.commit((latest) => {
    // Somebody else may have taken the same file in meanwhile; this one's files then stay unnamed.
    isTaken = !latest.statementFiles.some((file) => file.sha256 === sha256)
    if (!isTaken) return {}
    return {
      files: [...latest.files, ...files],
      statementFiles: [...latest.statementFiles, { ...note, ingestedAt: new Date().toISOString() }],
    }
  })
  if (!isTaken) await lake.store.remove(files.map((file) => file.path))
  return { outcome: isTaken ? 'taken' : 'known', bankId, date, lines: lines.length, rejected }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > FILE_BYTES_MAX) {
      throw new OperatingError('too_large', `${path} has ${size} bytes, at most ${FILE_BYTES_MAX} are read: split it`)
    }
    return await readFile(path)
  } catch (error) {
    if (error instanceof OperatingError) throw error
    throw new OperatingError('unreadable', `cannot read ${path}: ${(error as Error).message}`, error)
  }
}

function parsed(text: string, path: string, rules: Rules): ParsedStatement {
  try {
    const statement = FORMATS[formatOf(text)].parse(text)
    bankOf(rules, statement.bankId)
    return statement
  } catch (error) {
    if (!(error instanceof BadStatement) && !(error instanceof OperatingError)) throw error
    throw new OperatingError('bad_statement', `${path} is not taken in: ${error.message}`, error)
  }
}

async function writeStatement(
  lake: Lake,
  db: DuckDb,
  sha256: string,
  { bankId, date, lines, rejected }: ParsedStatement,
): Promise<LakeFile[]> {
  const shortId = sha256.slice(0, SHORT_ID_DIGITS)
  const lineId = (lineNumber: number): string => `${shortId}-${lineNumber}`
  const write = async (
    table: 'statement_lines' | 'statement_references' | 'statement_rejects',
    rows: readonly LakeRow[],
  ): Promise<LakeFile[]> =>
    rows.length === 0
      ? []
      : [
          await lake.writeRows(
            db,
            'statements',
            table,
            date,
            rows.map((row) => JSON.stringify(row)),
          ),
        ]
  const batches = lines.filter(({ references }) => references.length > 1)
  return [
    ...(await write(
      'statement_lines',
      lines.map((line) => lineRow(line, sha256, bankId, lineId(line.lineNumber))),
    )),
    ...(await write(
      'statement_references',
      batches.flatMap(({ lineNumber, references }) =>
        references.map((id) => ({ line_id: lineId(lineNumber), bank_id: bankId, transaction_id: id })),
      ),
    )),
    ...(await write(
      'statement_rejects',
      rejected.map(({ lineNumber, reason, line }) => ({
        file_id: sha256,
        line_number: lineNumber,
        bank_id: bankId,
        reason,
        line,
      })),
    )),
  ]
}

function lineRow(line: StatementLine, fileId: string, bankId: string, lineId: string): LakeRow {
  return {
    line_id: lineId,
    file_id: fileId,
    line_number: line.lineNumber,
    bank_id: bankId,
    bank_reference: line.bankReference,
    direction: line.direction,
    amount: formatMinor(line.amountMinor),
    currency: line.currency,
    value_date: line.valueDate,
    booking_date: line.bookingDate,
    counterparty: line.counterparty,
    reference: line.references.length === 1 ? line.references[0]! : null,
    reference_count: line.references.length,
  }
}
