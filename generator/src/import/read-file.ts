import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
import { fieldsOf, type Mapping } from './mapping.ts'
import { type ImportedTransaction, parseFields, Reject } from './parse.ts'

/** A line of the file: a transaction, or why it is none. */
export type Line =
  { number: number; text: string; transaction: ImportedTransaction } | { number: number; text: string; reason: string }

export const FILE_FORMATS = ['csv', 'ndjson'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** A longer line is refused instead of filling the memory. */
const LINE_MAX_BYTES = 1_048_576

/** Reads a file line by line; a line that cannot be used does not end it. Line numbers count from 1, header included. */
export async function* readFileLines(path: string, format: FileFormat, mapping: Mapping): AsyncGenerator<Line> {
  yield* format === 'csv' ? csvLines(path, mapping) : ndjsonLines(path, mapping)
}

async function* ndjsonLines(path: string, mapping: Mapping): AsyncGenerator<Line> {
  let number = 0
  for await (const text of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    number += 1
    if (text.trim() !== '') yield lineOf(number, text, () => jsonRecord(text), mapping)
  }
}

function jsonRecord(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Reject(`not JSON: ${(error as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Reject('not a JSON object')
  return value as Record<string, unknown>
}

interface CsvRow {
  record: Record<string, string>
  raw: string
  info: { lines: number }
}

async function* csvLines(path: string, mapping: Mapping): AsyncGenerator<Line> {
  const refused: Line[] = []
  const parser = pipeline(
    createReadStream(path, 'utf8'),
    unixLineEnds,
    parse({
      columns: true,
      bom: true,
      info: true,
      raw: true,
      skip_empty_lines: true,
      delimiter: mapping.delimiter,
      max_record_size: LINE_MAX_BYTES,
      // A quote inside a value that is not quoted is a quote.
      relax_quotes: true,
      skip_records_with_error: true,
      on_skip: (error: CsvError | undefined, raw: string | undefined) => {
        const number = (error as { lines?: number } | undefined)?.lines ?? 0
        // One line can be refused more than once, each time with more of its text.
        if (refused.at(-1)?.number === number) refused.pop()
        refused.push({ number, text: (raw ?? '').trimEnd(), reason: error?.message ?? 'not CSV' })
      },
    }),
    // A failure also ends the parser, and with it the loop below.
    () => undefined,
  )
  for await (const { record, raw, info } of parser as AsyncIterable<CsvRow>) {
    // The parser reads ahead: lines after this one may be refused already.
    yield* refused.splice(0, refused.findLastIndex(({ number }) => number < info.lines) + 1)
    yield lineOf(info.lines, raw.trimEnd(), () => record, mapping)
  }
  yield* refused
}

/** The parser counts the two characters of a line's end as two lines where they are inside a quoted value. */
async function* unixLineEnds(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let held = ''
  for await (const chunk of chunks) {
    const text = held + chunk
    held = text.endsWith('\r') ? '\r' : ''
    yield text.slice(0, text.length - held.length).replaceAll('\r\n', '\n')
  }
  yield held
}

function lineOf(number: number, text: string, record: () => Record<string, unknown>, mapping: Mapping): Line {
  try {
    // A line without an id is told from an equal one by its number.
    const identity = `${number} ${text}`
    return { number, text, transaction: parseFields(fieldsOf(record(), mapping), identity, mapping.time) }
  } catch (error) {
    if (error instanceof Reject) return { number, text, reason: error.message }
    throw error
  }
}
