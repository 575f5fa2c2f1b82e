import { LINE_MAX } from './encoding.ts'
import { type TextLine } from './lines.ts'

/** A record of a CSV file, or why a line is none. */
export type CsvRecord =
  { number: number; text: string; values: string[] } | { number: number; text: string; reason: string }

/** What tells a whole record from a part of one. */
export interface RecordShape {
  width: number
  /** True where these values make sense by themselves, such as a time where one belongs. */
  makesSense: (values: readonly string[]) => boolean
}

/** Between values, the likelier first. */
const DELIMITERS = [',', ';', '\t', '|'] as const
/** A quoted value that goes over more lines than this is a quote that was never closed. */
const LINES_MAX = 1_000

export const OPEN_QUOTE = 'a quote is opened and not closed'

/**
 * Reads the records of a CSV file one after the other. Values are quoted as RFC 4180 says; a quote inside a value that
 * does not begin with one is a character.
 *
 * A value with a line break and a quote that was never closed begin alike. The line after it decides: where it is a
 * record by itself, and where no end is found, the quote was never closed, and only its own line is lost.
 */
export class CsvReader {
  readonly #lines: AsyncIterator<TextLine>
  /** Lines that were looked at already. */
  readonly #ahead: TextLine[] = []

  constructor(lines: AsyncIterable<TextLine>) {
    this.#lines = lines[Symbol.asyncIterator]()
  }

  /** The next line that is not empty. */
  async line(): Promise<TextLine | undefined> {
    for (;;) {
      const line = await this.#next()
      if (line === undefined || line.text.trim() !== '') return line
    }
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.#lines.return?.()
  }

  /** Puts a line back, to be read again. */
  unread(line: TextLine): void {
    this.#ahead.unshift(line)
  }

  /** The next record that is not empty; of a header the shape is not known yet. */
  async record(delimiter: string, shape?: RecordShape): Promise<CsvRecord | undefined> {
    const first = await this.line()
    if (first === undefined) return undefined
    const { number, text } = first
    if (first.isTooLong) return { number, text, reason: `longer than ${LINE_MAX} characters` }
    const { values, end } = splitRecord(text, delimiter)
    if (end === 'closed') {
      const reason = wrongWidth(values, shape?.width)
      return reason === undefined ? { number, text, values } : { number, text, reason }
    }
    const joined = end === 'open' ? await this.#join(first, delimiter, shape) : undefined
    if (joined !== undefined) return joined
    return { number, text, reason: end === 'open' ? OPEN_QUOTE : 'a quote in a quoted value is not doubled' }
  }

  /** The record that begins with an open line and goes on in the lines after it; undefined puts all of them back. */
  async #join(first: TextLine, delimiter: string, shape: RecordShape | undefined): Promise<CsvRecord | undefined> {
    const taken: TextLine[] = []
    let text = first.text
    while (taken.length < LINES_MAX && text.length <= LINE_MAX) {
      const line = await this.#next()
      if (line === undefined) break
      taken.push(line)
      if (line.isTooLong || beginsRecord(splitRecord(line.text, delimiter), shape)) break
      text += `\n${line.text}`
      if (!line.text.includes('"')) continue
      const { values, end } = splitRecord(text, delimiter)
      if (end === 'open') continue
      if (end === 'broken' || wrongWidth(values, shape?.width) !== undefined) break
      return { number: first.number, text, values }
    }
    this.#ahead.unshift(...taken)
    return undefined
  }

  async #next(): Promise<TextLine | undefined> {
    const ahead = this.#ahead.shift()
    if (ahead !== undefined) return ahead
    const next = await this.#lines.next()
    return next.done === true ? undefined : next.value
  }
}

/** True for a line that is a whole record by itself, or the beginning of one. */
function beginsRecord({ values, end }: Split, shape: RecordShape | undefined): boolean {
  if (shape === undefined || values.length > shape.width) return false
  return (values.length === shape.width || end === 'open') && shape.makesSense(values)
}

/** What is wrong with how many values there are. Empty ones beyond the last column come from delimiters at the end. */
function wrongWidth(values: readonly string[], width = values.length): string | undefined {
  const surplus = values.slice(width)
  if (values.length >= width && surplus.every((value) => value.trim() === '')) return undefined
  return `${values.length} values, where the header names ${width} columns`
}

interface Split {
  values: string[]
  /** `open`: the end is inside quotes. `broken`: something stands between a closing quote and the next delimiter. */
  end: 'closed' | 'open' | 'broken'
}

/** Splits the text of a record at its delimiters. */
export function splitRecord(text: string, delimiter: string): Split {
  if (!text.includes('"')) return { values: text.split(delimiter), end: 'closed' }
  const values: string[] = []
  for (let at = 0; ;) {
    const start = skipSpaces(text, at)
    if (text[start] !== '"') {
      const end = text.indexOf(delimiter, at)
      values.push(end === -1 ? text.slice(at) : text.slice(at, end))
      if (end === -1) return { values, end: 'closed' }
      at = end + 1
      continue
    }
    const close = closingQuote(text, start + 1)
    const inside = text.slice(start + 1, close === -1 ? undefined : close)
    values.push(inside.replaceAll('""', '"'))
    if (close === -1) return { values, end: 'open' }
    const next = skipSpaces(text, close + 1)
    if (next === text.length) return { values, end: 'closed' }
    if (text[next] !== delimiter) return { values, end: 'broken' }
    at = next + 1
  }
}

/** Where the quote is that ends a value, two being a character of it; -1 where none is. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at
  }
  return -1
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text[at] === ' ') at += 1
  return at
}

/** The delimiter that a first line such as `sep=;` states, as Excel writes it. */
export function statedDelimiter(text: string): string | undefined {
  return /^"?sep=(.|\\t)"?$/i.exec(text)?.[1]?.replace('\\t', '\t')
}

/** The delimiter with which a header has most of the wanted columns, and then most columns. */
export function delimiterOf(header: string, wanted: readonly string[]): string {
  const score = (delimiter: string): number => {
    const names = new Set(splitRecord(header, delimiter).values.map((name) => name.trim()))
    return wanted.filter((name) => names.has(name)).length * header.length + names.size
  }
  return [...DELIMITERS].sort((one, other) => score(other) - score(one))[0] ?? ','
}
