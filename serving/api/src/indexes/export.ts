import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDb, literal } from '@fintech-streams/reconciliation'
import { type Column, type IndexRow } from './reader.ts'

/** DuckDB's memory for one export. */
const MEMORY_MB = 128
const PARQUET_TYPES: Readonly<Record<string, string>> = {
  bigint: 'BIGINT',
  integer: 'INTEGER',
  boolean: 'BOOLEAN',
  date: 'DATE',
  numeric: 'DECIMAL(28, 2)',
  'double precision': 'DOUBLE',
  'timestamp with time zone': 'TIMESTAMP WITH TIME ZONE',
}

/** Pages of rows as they are read. */
export type Pages = AsyncIterable<readonly IndexRow[]>

/** Rows as CSV (RFC 4180) with a header, page by page. An absent value is empty, an empty text is quoted. */
export async function* csvOf(columns: readonly Column[], pages: Pages): AsyncGenerator<string> {
  yield `${columns.map(({ name }) => name).join(',')}\r\n`
  for await (const rows of pages) {
    yield rows.map((row) => `${columns.map(({ name }) => csvField(row[name])).join(',')}\r\n`).join('')
  }
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // A text that a spreadsheet would take for a formula is shown as text; a negative amount stays an amount.
  const isFormula = /^[=+@\t\r]/.test(text) || (text.startsWith('-') && !/^-\d+(\.\d+)?$/.test(text))
  const safe = isFormula ? `'${text}` : text
  return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * Rows as a Parquet file (zstd), each column of the type that it has in Postgres. It is made on disk, as its end says where
 * everything in it is, and read from there: only a page of rows is in memory.
 */
export async function* parquetOf(columns: readonly Column[], pages: Pages): AsyncGenerator<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'fintech-export-'))
  try {
    const json = join(folder, 'rows.json')
    const parquet = join(folder, 'rows.parquet')
    await writeFile(json, linesOf(pages))
    const types = columns.map(({ name, type }) => `${literal(name)}: ${literal(PARQUET_TYPES[type] ?? 'VARCHAR')}`)
    const db = await DuckDb.open({ memoryMb: MEMORY_MB, threads: 1, spillFolder: folder })
    try {
      await db.run(`copy (select ${columns.map(({ name }) => name).join(', ')}
        from read_json(${literal(json)}, format = 'newline_delimited', columns = {${types.join(', ')}}))
        to ${literal(parquet)} (format parquet, compression zstd)`)
    } finally {
      db.close()
    }
    yield* createReadStream(parquet)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function* linesOf(pages: Pages): AsyncGenerator<string> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
