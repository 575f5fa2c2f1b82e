import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { refuseDuringHistory } from '@fintech-streams/ledger'
import { OperatingError, type Values } from '@fintech-streams/service'
import { importFile, type ImportTotals } from '../import/import-file.ts'
import { latenessWarnings } from '../import/lateness.ts'
import { NO_MAPPING, readMapping } from '../import/mapping.ts'
import { readFileLines } from '../import/read-file.ts'
import { SlotWait } from '../import/slots.ts'
import { type FileFormat } from '../import/source.ts'
import { surveyFile } from '../import/survey.ts'
import { databaseConfig, type importSettings } from '../settings.ts'
import { SteadyConnection } from '../write/steady-connection.ts'

const PROGRESS_LINES = 100_000
const MIB = 1_048_576

/**
 * Imports a file, writes the lines that cannot be imported beside it, and prints what came of it.
 * @throws UsageError, before the first line is taken, for a file that lacks what the mapping names.
 */
export async function importCommand(
  path: string,
  values: Values<typeof importSettings> & { isPatient: boolean },
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  await requireFile(path)
  const format = values.format ?? formatOf(path)
  const mapping = values.mapping === undefined ? NO_MAPPING : await readMapping(values.mapping)
  const survey = await surveyFile(path, format, mapping)
  if (survey.unread.length > 0) print(`columns that are not read: ${survey.unread.join(', ')}`)
  const rejects = new RejectFile(values.rejectFile ?? `${path}.rejected.ndjson`)
  const connection = new SteadyConnection(databaseConfig(values), { signal, report: print })
  const backlogMaxBytes = values.slotBacklogMb * MIB
  const slots = new SlotWait({ connection, signal, backlogMaxBytes, report: print })
  let nextProgress = PROGRESS_LINES
  try {
    await connection.open()
    await connection.run('the import', refuseDuringHistory)
    for (const warning of await latenessWarnings(connection, survey, values.shiftToNow)) print(warning)
    await rejects.remove()
    const totals = await importFile({
      lines: readFileLines(path, format, mapping, survey),
      connection,
      signal,
      shift: values.shiftToNow ? survey.times : undefined,
      mayWrite: () => (values.isPatient ? slots.pass() : Promise.resolve()),
      reject: (line) => rejects.add(line),
      observe: ({ read, written, known, rejected }) => {
        if (read < nextProgress) return
        nextProgress += PROGRESS_LINES
        print(`${read} of ${survey.lines} lines: ${written} written, ${known} were there, ${rejected} rejected`)
      },
    })
    printTotals(totals, rejects.path, print)
    requireSome(path, totals, rejects.path)
  } finally {
    await rejects.close()
    await connection.close()
  }
}

function printTotals(totals: ImportTotals, rejectPath: string, print: (line: string) => void): void {
  const { read, written, known, rejected, outOfOrder, shiftMs, isComplete } = totals
  const where = rejected === 0 ? '' : ` (see ${rejectPath})`
  print(`${read} lines read`)
  print(`total: ${written} transactions written, ${known} were there already, ${rejected} lines rejected${where}`)
  if (shiftMs !== 0) print(`times were moved by ${(shiftMs / 1000).toFixed(3)} s`)
  if (outOfOrder > 0) {
    print(
      `${outOfOrder} lines are over 5 s older than one before them: a running stream counts them as late; sort the file`,
    )
  }
  if (!isComplete) print('stopped before the end of the file: the same command goes on from there')
}

/** A file of which nothing could be taken is an error, whatever the reason for each line. */
function requireSome(path: string, { written, known, isComplete }: ImportTotals, rejectPath: string): void {
  if (!isComplete || written + known > 0) return
  throw new OperatingError('nothing_taken', `nothing of ${path} could be taken: see ${rejectPath}, and give a mapping`)
}

async function requireFile(path: string): Promise<void> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) throw new OperatingError('no_file', `there is no file ${path}`)
}

function formatOf(path: string): FileFormat {
  return ['.ndjson', '.jsonl', '.json'].includes(extname(path).toLowerCase()) ? 'ndjson' : 'csv'
}

/** A line of JSON for each line of the import that was refused; no file when there is none. */
class RejectFile {
  readonly path: string
  #file: FileHandle | undefined

  constructor(path: string) {
    this.path = path
  }

  /** Removes what an earlier run has left. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true })
  }

  async add({ number, reason, text }: { number: number; reason: string; text: string }): Promise<void> {
    this.#file ??= await open(this.path, 'w')
    await this.#file.write(`${JSON.stringify({ line: number, reason, text })}\n`)
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }
}
