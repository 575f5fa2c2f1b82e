import { parseCamt053, writeCamt053 } from './camt053.ts'
import { parseCsv, TITLE, writeCsv } from './csv.ts'
import { decodeText } from './encoding.ts'
import { parseFixedWidth, writeFixedWidth } from './fixed-width.ts'
import { isMt940, parseMt940, writeMt940 } from './mt940.ts'
import { BadStatement, type ParsedStatement, type Statement } from './statement.ts'

interface Format {
  readonly extension: string
  readonly write: (statement: Statement) => string
  /** A file has one statement, or one per account. @throws BadStatement */
  readonly parse: (text: string) => ParsedStatement[]
}

/** The formats by name: `rules.json` names a bank's. */
export const FORMATS = {
  csv: { extension: 'csv', write: writeCsv, parse: parseCsv },
  camt053: { extension: 'xml', write: writeCamt053, parse: parseCamt053 },
  fixed: { extension: 'txt', write: writeFixedWidth, parse: parseFixedWidth },
  mt940: { extension: 'sta', write: writeMt940, parse: parseMt940 },
} satisfies Record<string, Format>
export type StatementFormat = keyof typeof FORMATS

/** A text's format, by how it begins: names of files are anybody's choice. @throws BadStatement for no format. */
export function formatOf(text: string): StatementFormat {
  const start = text.slice(0, 64).trimStart()
  if (start.startsWith('<')) return 'camt053'
  if (start.startsWith('HDR')) return 'fixed'
  if (start.replace('"', '').startsWith(TITLE)) return 'csv'
  if (isMt940(text)) return 'mt940'
  const known = `camt.053, MT940, a CSV that begins with ${TITLE}, or a settlement file that begins with HDR`
  throw new BadStatement(`it is no statement: expected ${known}`)
}

/** The statements of a file, whatever its format and encoding. @throws BadStatement when it is none. */
export function readStatements(bytes: Uint8Array): ParsedStatement[] {
  const text = decodeText(bytes)
  return FORMATS[formatOf(text)].parse(text)
}
