import { parseCamt053, writeCamt053 } from './camt053.ts'
import { parseCsv, TITLE, writeCsv } from './csv.ts'
import { decodeText } from './encoding.ts'
import { parseFixedWidth, writeFixedWidth } from './fixed-width.ts'
import { isMt940, parseMt940, writeMt940 } from './mt940.ts'
import { BadStatement, type ParsedStatement, type Statement } from './statement.ts'

interface Format {
  /** In a sentence, for whoever sent something else. */
  readonly about: string
  /** Whether a file is of the format, by how it begins. */
  readonly fits: (start: string, text: string) => boolean
  readonly extension: string
  readonly write: (statement: Statement) => string
  /** A file has one statement, or one per account. @throws BadStatement */
  readonly parse: (text: string) => ParsedStatement[]
}

/** The formats by name: `rules.json` names a bank's. A file is of the first one that fits. */
export const FORMATS = {
  camt053: {
    about: 'camt.053',
    fits: (start) => start.startsWith('<'),
    extension: 'xml',
    write: writeCamt053,
    parse: parseCamt053,
  },
  fixed: {
    about: 'a settlement file that begins with HDR',
    fits: (start) => start.startsWith('HDR'),
    extension: 'txt',
    write: writeFixedWidth,
    parse: parseFixedWidth,
  },
  csv: {
    about: `a CSV that begins with ${TITLE}`,
    fits: (start) => start.replace('"', '').startsWith(TITLE),
    extension: 'csv',
    write: writeCsv,
    parse: parseCsv,
  },
  mt940: {
    about: 'MT940',
    fits: (_, text) => isMt940(text),
    extension: 'sta',
    write: writeMt940,
    parse: parseMt940,
  },
} satisfies Record<string, Format>
export type StatementFormat = keyof typeof FORMATS

const NAMED: readonly (readonly [StatementFormat, Format])[] = Object.entries(FORMATS) as [StatementFormat, Format][]

/** A text's format, by how it begins: names of files are anybody's choice. @throws BadStatement for no format. */
export function formatOf(text: string): StatementFormat {
  const start = text.slice(0, 64).trimStart()
  const found = NAMED.find(([, { fits }]) => fits(start, text))
  if (found !== undefined) return found[0]
  const known = NAMED.map(([, { about }]) => about).join(', ')
  throw new BadStatement(`it is no statement: expected one of ${known}`)
}

/** The statements of a file, whatever its format and encoding. @throws BadStatement when it is none. */
export function readStatements(bytes: Uint8Array): ParsedStatement[] {
  const text = decodeText(bytes)
  return FORMATS[formatOf(text)].parse(text)
}
