import { pipeline } from 'node:stream/promises'
import { type ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { type Row, type RowValue } from './rows.ts'

/** Rows that become one piece of text. */
const CHUNK_ROWS = 1_000

/**
 * Inserts rows by `COPY`, the fastest way into a table. All rows must have the names of the first, in its order.
 * Nothing is sent for no rows.
 */
export async function copyRows(client: ClientBase, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first).map((name) => client.escapeIdentifier(name))
  const stream = client.query(copyFrom(`copy ${client.escapeIdentifier(table)} (${columns.join(', ')}) from stdin`))
  await pipeline(chunksOf(rows), stream)
}

function* chunksOf(rows: readonly Row[]): Generator<string> {
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) yield copyText(rows.slice(at, at + CHUNK_ROWS))
}

/** Rows in the text format of `COPY`: fields between tabs, a row a line. */
export function copyText(rows: readonly Row[]): string {
  let text = ''
  for (const row of rows) {
    let separator = ''
    for (const name in row) {
      text += separator + fieldText(row[name] as RowValue)
      separator = '\t'
    }
    text += '\n'
  }
  return text
}

function fieldText(value: RowValue): string {
  if (typeof value === 'string') return escaped(value)
  if (value === null) return '\\N'
  if (typeof value === 'object') return escaped(Array.isArray(value) ? arrayText(value) : JSON.stringify(value))
  return String(value)
}

/** A literal of an array of texts. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => (PLAIN_ELEMENT.test(value) ? value : JSON.stringify(value))).join(',')}}`
}

/** Needs no quotes inside an array; NULL would be read as null. */
const PLAIN_ELEMENT = /^(?!null$)\w+$/i
const SPECIAL = /[\\\t\n\r]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (special) => ESCAPES[special] as string) : text
}
