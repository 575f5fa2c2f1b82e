import { type StatementFormat } from '../rules.ts'
import { parseCamt053, writeCamt053 } from './camt053.ts'
import { parseCsv, writeCsv } from './csv.ts'
import { parseFixedWidth, writeFixedWidth } from './fixed-width.ts'
import { type ParsedStatement, type Statement } from './statement.ts'

interface Format {
  readonly extension: string
  readonly write: (statement: Statement) => string
  readonly parse: (text: string) => ParsedStatement
}

export const FORMATS: Readonly<Record<StatementFormat, Format>> = {
  csv: { extension: 'csv', write: writeCsv, parse: parseCsv },
  camt053: { extension: 'xml', write: writeCamt053, parse: parseCamt053 },
  fixed: { extension: 'txt', write: writeFixedWidth, parse: parseFixedWidth },
}

/** A file's format, by how it begins: names of files are anybody's choice. */
export function formatOf(text: string): StatementFormat {
  const start = text.slice(0, 64).trimStart()
  if (start.startsWith('<')) return 'camt053'
  return start.startsWith('HDR') ? 'fixed' : 'csv'
}
