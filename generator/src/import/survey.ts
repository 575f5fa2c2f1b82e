import { AHEAD_MAX_MS, minutes } from '@fintech-streams/contracts'
import { DecimalEvidence, type Decimals } from './amounts.ts'
import { type Columns, columnsRead, fieldsOf, type RawLine, wantedColumns } from './columns.ts'
import { CsvFile } from './csv-file.ts'
import { FileTimes } from './file-times.ts'
import { type Field, type Mapping } from './mapping.ts'
import { Reject } from './reject.ts'
import { csvLines, type FileFormat, ndjsonLines } from './source.ts'
import { timeReader } from './times.ts'

/** What lies further behind the newest record of its partition is late for every job. */
export const HORIZON_MS = minutes(15)

/** Fields whose texts show how the file writes decimals. */
const DECIMALS: readonly Field[] = ['amount', 'amount_usd', 'fee_amount', 'fx_rate']
/** Upper bound of the names that are reported of an NDJSON file. Names in the mapping are always reported. */
const NAMES_MAX = 1_000

/** What a first pass over a file shows. */
export interface Survey {
  columns: Columns
  /** Columns of the file that nothing is read from. */
  unread: readonly string[]
  decimals: Decimals
  /** Lines with something in them, without the header. */
  lines: number
  times: FileTimes
}

/**
 * Reads a file once, so that its columns, decimals and times are known before the first line is taken.
 * @throws UsageError when the file does not have what the mapping names.
 */
export async function surveyFile(
  path: string,
  format: FileFormat,
  mapping: Mapping,
  nowMs = Date.now(),
): Promise<Survey> {
  return format === 'csv' ? surveyCsv(path, mapping, nowMs) : surveyNdjson(path, mapping, nowMs)
}

async function surveyCsv(path: string, mapping: Mapping, nowMs: number): Promise<Survey> {
  const file = await CsvFile.open(path, mapping)
  try {
    const { header } = file
    const columns = columnsRead(mapping, (name) => header.placeOf(name) !== undefined, header.names)
    header.requireClear(columns)
    const read = new Set(Object.values(columns).map((name) => header.placeOf(name)))
    const seen = await lookAt(csvLines(file, mapping, columns), mapping, columns, nowMs)
    return { ...seen, columns, unread: header.names.filter((_, at) => !read.has(at)) }
  } finally {
    await file.close()
  }
}

/** Only the last line shows what no line has, so a first pass looks for all that can be wanted. */
async function surveyNdjson(path: string, mapping: Mapping, nowMs: number): Promise<Survey> {
  const wanted = new Set(wantedColumns(mapping))
  const names = new Set<string>()
  const lines = ndjsonLines(path, mapping, (found) => {
    for (const name of found) if (names.size < NAMES_MAX || wanted.has(name)) names.add(name)
  })
  const possible = columnsRead(mapping, (name) => wanted.has(name), [])
  const seen = await lookAt(lines, mapping, possible, nowMs)
  const columns = names.size === 0 ? possible : columnsRead(mapping, (name) => names.has(name), [...names])
  const read = new Set(Object.values(columns))
  return { ...seen, columns, unread: [...names].filter((name) => !read.has(name)) }
}

async function lookAt(
  lines: AsyncIterable<RawLine>,
  mapping: Mapping,
  columns: Columns,
  nowMs: number,
): Promise<Pick<Survey, 'decimals' | 'lines' | 'times'>> {
  const timeOf = timeReader(mapping)
  const evidence = new DecimalEvidence()
  const times = new FileTimes(HORIZON_MS, nowMs + AHEAD_MAX_MS)
  let count = 0
  for await (const line of lines) {
    count += 1
    if ('reason' in line) continue
    const fields = fieldsOf(line.textIn, columns, mapping)
    for (const name of DECIMALS) if (fields[name] !== undefined) evidence.add(fields[name])
    try {
      times.add(timeOf(fields.created_at ?? ''))
    } catch (error) {
      // What is wrong with a line is said when it is read to be taken.
      if (!(error instanceof Reject)) throw error
    }
  }
  return { decimals: mapping.decimal ?? evidence.shown, lines: count, times }
}
