import { CsvFile } from './csv-file.ts'
import { fieldsOf, type RawLine, type TextOf } from './columns.ts'
import { UnnamedIds } from './ids.ts'
import { type Mapping } from './mapping.ts'
import { type ImportedTransaction, parseFields, type ParseContext } from './parse.ts'
import { Reject } from './reject.ts'
import { csvLines, type FileFormat, ndjsonLines } from './source.ts'
import { type Survey, surveyFile } from './survey.ts'
import { timeReader } from './times.ts'

/** A line with a transaction. */
export interface Good {
  number: number
  text: string
  transaction: ImportedTransaction
}

/** A line without one, and why. */
export interface Refused {
  number: number
  text: string
  reason: string
}

export type Line = Good | Refused

/**
 * Reads a file line by line; a line that cannot be used does not end it. A value that goes over several lines makes
 * them one, with the number of the first; empty lines and the header are none.
 *
 * @param survey of a first pass over the file, which is made here when it is left out.
 * @throws UsageError when the file does not have what the mapping names.
 */
export async function* readFileLines(
  path: string,
  format: FileFormat,
  mapping: Mapping,
  survey?: Survey,
): AsyncGenerator<Line> {
  const { columns, decimals } = survey ?? (await surveyFile(path, format, mapping))
  const raw =
    format === 'csv' ? csvLines(await CsvFile.open(path, mapping), mapping, columns) : ndjsonLines(path, mapping)
  const context: ParseContext = { timeOf: timeReader(mapping), decimals, mapping, unnamed: new UnnamedIds() }
  for await (const line of raw) yield lineOf(line, (textIn) => parseFields(fieldsOf(textIn, columns, mapping), context))
}

function lineOf(line: RawLine, read: (textIn: TextOf) => ImportedTransaction): Line {
  if ('reason' in line) return line
  const { number, text } = line
  try {
    return { number, text, transaction: read(line.textIn) }
  } catch (error) {
    if (error instanceof Reject) return { number, text, reason: error.message }
    throw error
  }
}
