import { OperatingError, UsageError } from '@fintech-streams/service'
import { Header, type RawLine, type TextOf, wantedColumns } from './columns.ts'
import { CsvReader, delimiterOf, type RecordShape, statedDelimiter } from './csv.ts'
import { readText } from './encoding.ts'
import { type TextLine, splitLines } from './lines.ts'
import { type Mapping } from './mapping.ts'

/** A CSV file that was read as far as its header. */
export class CsvFile {
  readonly header: Header
  readonly #reader: CsvReader
  readonly #delimiter: string

  private constructor(header: Header, reader: CsvReader, delimiter: string) {
    this.header = header
    this.#reader = reader
    this.#delimiter = delimiter
  }

  /** @throws OperatingError for a file without a header, UsageError for a header that cannot be read. */
  static async open(path: string, mapping: Mapping): Promise<CsvFile> {
    const reader = new CsvReader(splitLines(readText(path, mapping.encoding)))
    try {
      const first = await reader.line()
      const stated = first === undefined ? undefined : statedDelimiter(first.text)
      const line = await headerLine(reader, stated === undefined ? first : await reader.line(), mapping)
      if (line === undefined) throw new OperatingError('no_header', `${path} has no line that names columns`)
      const delimiter = mapping.delimiter ?? stated ?? delimiterOf(line.text, wantedColumns(mapping))
      reader.unread(line)
      const record = await reader.record(delimiter)
      if (record === undefined || 'reason' in record) {
        throw new UsageError(`line ${line.number} of ${path} cannot be its header: ${record?.reason}`)
      }
      return new CsvFile(new Header(record.values), reader, delimiter)
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  /**
   * The records after the header; the file is closed with them.
   * @param makesSense true for values that make sense by themselves, such as a time where one belongs.
   */
  async *records(makesSense: (textIn: TextOf) => boolean): AsyncGenerator<RawLine> {
    const shape: RecordShape = {
      width: this.header.names.length,
      makesSense: (values) => makesSense(this.#textIn(values)),
    }
    try {
      for (;;) {
        const record = await this.#reader.record(this.#delimiter, shape)
        if (record === undefined) return
        if ('reason' in record) yield record
        else yield { number: record.number, text: record.text, textIn: this.#textIn(record.values) }
      }
    } finally {
      await this.close()
    }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  #textIn(values: readonly string[]): TextOf {
    return (column) => {
      const place = this.header.placeOf(column)
      return place === undefined ? undefined : values[place]
    }
  }
}

async function headerLine(
  reader: CsvReader,
  first: TextLine | undefined,
  { header_line: number = 1 }: Mapping,
): Promise<TextLine | undefined> {
  let line = first
  while (line !== undefined && line.number < number) line = await reader.line()
  return line
}
