import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { refuseDuringHistory } from '@fintech-streams/ledger'
import { OperatingError, type Values } from '@fintech-streams/service'
import { importFile, type ImportTotals } from '../import/import-file.ts'
import { NO_MAPPING, readMapping } from '../import/mapping.ts'
import { type FileFormat, readFileLines } from '../import/read-file.ts'
import { databaseConfig, type importSettings } from '../settings.ts'
import { SteadyConnection } from '../write/steady-connection.ts'

const PROGRESS_LINES = 100_000

/** Imports a file, writes the lines that cannot be imported beside it, and prints what came of it. */
export async function importCommand(
  path: string,
  values: Values<typeof importSettings>,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  await requireFile(path)
  const format = values.format ?? formatOf(path)
  const mapping = values.mapping === undefined ? NO_MAPPING : await readMapping(values.mapping)
  const rejects = new RejectFile(values.rejectFile ?? `${path}.rejected.ndjson`)
  const connection = new SteadyConnection(databaseConfig(values), { signal, report: print })
  let nextProgress = PROGRESS_LINES
  try {
    await connection.open()
    await connection.run('the import', refuseDuringHistory)
    await rejects.remove()
    const totals = await importFile({
      lines: () => readFileLines(path, format, mapping),
      connection,
      signal,
      shiftToNow: values.shiftToNow,
      reject: (line) => rejects.add(line),
      observe: ({ written, known, rejected }) => {
        if (written + known + rejected < nextProgress) return
        nextProgress += PROGRESS_LINES
        print(`${written + known + rejected} lines: ${written} written, ${known} were there, ${rejected} rejected`)
      },
    })
    printTotals(totals, rejects.path, print)
  } finally {
    await rejects.close()
    await connection.close()
  }
}

function printTotals(totals: ImportTotals, rejectPath: string, print: (line: string) => void): void {
  const { written, known, rejected, outOfOrder, shiftMs, isComplete } = totals
  const where = rejected === 0 ? '' : ` (see ${rejectPath})`
  print(`total: ${written} transactions written, ${known} were there already, ${rejected} lines rejected${where}`)
  if (shiftMs !== 0) print(`times were moved by ${(shiftMs / 1000).toFixed(3)} s`)
  if (outOfOrder > 0) {
    print(
      `${outOfOrder} lines are over 5 s older than one before them: a running stream counts them as late; sort the file`,
    )
  }
  if (!isComplete) print('stopped before the end of the file: the same command goes on from there')
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
