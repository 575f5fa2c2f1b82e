import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type DuckDb, listLiteral, literal } from '../duckdb.ts'
import { type LakeFile, Manifest } from './manifest.ts'
import { type LakeStore } from './store.ts'
import { type Columns, RAW_TABLES, type RawTable } from './tables.ts'

/** A writer holds one group in memory, a reader skips whole groups. */
const ROW_GROUP_ROWS = 100_000
const PARQUET = `format parquet, compression zstd, row_group_size ${ROW_GROUP_ROWS}`
const JSON_CHUNK_ROWS = 1_000
/** Who wrote a file, and when. */
const FILE_NAME = /\/([a-z]+)-(\d+)-[0-9a-f-]{36}\.parquet$/

/** Who wrote a file: what a writer finds at its start under its own name and in no version, it may remove. */
export type FileWriter = 'stream' | 'statements' | 'compaction' | 'nightly'

/** The lake's files and their manifest, written and read through DuckDB. */
export class Lake {
  readonly store: LakeStore
  readonly manifest: Manifest
  /** For files on their way; on the lake's own file system where that is local. */
  readonly scratchFolder: string

  constructor(store: LakeStore, scratchFolder: string) {
    this.store = store
    this.manifest = new Manifest(store)
    this.scratchFolder = scratchFolder
  }

  /** Writes rows, each as JSON text, as a Parquet file that no version names yet. */
  async writeRows(
    db: DuckDb,
    writer: FileWriter,
    table: RawTable,
    date: string,
    rows: readonly string[],
  ): Promise<LakeFile> {
    return this.#withRows(table, rows, (query) => this.writeQuery(db, writer, table, date, query))
  }

  /** Adds rows of a raw table, each as JSON text, to a table of DuckDB that has its columns. */
  async insertRows(db: DuckDb, into: string, table: RawTable, rows: readonly string[]): Promise<void> {
    await this.#withRows(table, rows, (query) => db.run(`insert into ${into} ${query}`))
  }

  async #withRows<T>(table: RawTable, rows: readonly string[], use: (query: string) => Promise<T>): Promise<T> {
    const json = await this.#scratch('json')
    try {
      await pipeline(Readable.from(chunksOf(rows)), createWriteStream(json))
      return await use(selectJson(json, RAW_TABLES[table]))
    } finally {
      await rm(json, { force: true })
    }
  }

  /** Writes a query's rows as a Parquet file that no version names yet. */
  async writeQuery(db: DuckDb, writer: FileWriter, table: string, date: string, query: string): Promise<LakeFile> {
    const local = await this.#scratch('parquet')
    try {
      await db.run(`copy (${query}) to ${literal(local)} (${PARQUET})`)
      const { rows } = await db.row<{ rows: string }>(
        `select cast(num_rows as varchar) as rows from parquet_file_metadata(${literal(local)})`,
      )
      const { size } = await stat(local)
      const path = `${table}/event_date=${date}/${writer}-${Date.now()}-${randomUUID()}.parquet`
      await this.store.publish(local, path)
      return { path, table, date, rows: Number(rows), bytes: size }
    } finally {
      await rm(local, { force: true })
    }
  }

  /** A query that reads files of a raw table. What files of an earlier version do not have is null. */
  async scan(table: RawTable, files: readonly LakeFile[]): Promise<string> {
    const columns = RAW_TABLES[table]
    const nulls = Object.entries(columns).map(([name, type]) => `cast(null as ${type}) as ${name}`)
    const empty = `select ${nulls.join(', ')} where false`
    if (files.length === 0) return empty
    const paths = await Promise.all(files.map(({ path }) => this.store.localPath(path)))
    const read = `read_parquet(${listLiteral(paths)}, hive_partitioning = false, union_by_name = true)`
    return `select ${Object.keys(columns).join(', ')} from (${empty} union all by name select * from ${read})`
  }

  /**
   * Removes what a writer left behind: its files that no version names or has replaced. Where another process may be
   * writing under the same name, only those that were written long ago.
   */
  async removeOrphans(writer: FileWriter, olderThanMs = 0): Promise<number> {
    const { files, replaced } = await this.manifest.latest()
    const known = new Set([...files, ...replaced].map(({ path }) => path))
    const isOrphan = (key: string): boolean => {
      const [, writtenBy, writtenMs] = FILE_NAME.exec(key) ?? []
      return writtenBy === writer && Number(writtenMs) <= Date.now() - olderThanMs && !known.has(key)
    }
    const orphans = (await this.store.list('')).filter(isOrphan)
    await this.store.remove(orphans)
    return orphans.length
  }

  async #scratch(extension: string): Promise<string> {
    await mkdir(this.scratchFolder, { recursive: true })
    return join(this.scratchFolder, `${randomUUID()}.${extension}`)
  }
}

function* chunksOf(lines: readonly string[]): Generator<string> {
  for (let from = 0; from < lines.length; from += JSON_CHUNK_ROWS) {
    yield `${lines.slice(from, from + JSON_CHUNK_ROWS).join('\n')}\n`
  }
}

function selectJson(file: string, columns: Columns): string {
  const types = Object.entries(columns).map(([name, type]) => `${name}: ${literal(type)}`)
  const names = Object.keys(columns).join(', ')
  return `select ${names} from read_json(${literal(file)}, format = 'newline_delimited', columns = {${types.join(', ')}},
    maximum_object_size = 33554432)`
}
