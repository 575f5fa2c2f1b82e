import { type Columns, fieldsOf, type RawLine, type TextOf } from './columns.ts'
import { CsvFile } from './csv-file.ts'
import { LINE_MAX, readText } from './encoding.ts'
import { splitLines } from './lines.ts'
import { type Mapping } from './mapping.ts'
import { jsonRecord } from './ndjson.ts'
import { Reject } from './reject.ts'
import { timeReader } from './times.ts'

export const FILE_FORMATS = ['csv', 'ndjson'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** The lines of a CSV file that was opened; it is closed with them. */
export async function* csvLines(file: CsvFile, mapping: Mapping, columns: Columns): AsyncGenerator<RawLine> {
  const timeOf = timeReader(mapping)
  const makesSense = (textIn: TextOf): boolean => {
    try {
      return timeOf(fieldsOf(textIn, columns, mapping).created_at ?? '') >= 0
    } catch (error) {
      if (error instanceof Reject) return false
      throw error
    }
  }
  for await (const record of file.records(makesSense)) yield record
}

/** The lines of an NDJSON file, without empty ones. @param observe is told the names of each. */
export async function* ndjsonLines(
  path: string,
  { encoding }: Mapping,
  observe?: (names: Iterable<string>) => void,
): AsyncGenerator<RawLine> {
  for await (const { number, text, isTooLong } of splitLines(readText(path, encoding))) {
    if (text.trim() === '') continue
    if (isTooLong) {
      yield { number, text, reason: `longer than ${LINE_MAX} characters` }
      continue
    }
    try {
      const record = jsonRecord(text)
      observe?.(record.keys())
      yield { number, text, textIn: (column) => record.get(column) }
    } catch (error) {
      if (!(error instanceof Reject)) throw error
      yield { number, text, reason: error.message }
    }
  }
}
