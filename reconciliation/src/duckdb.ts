import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

export interface DuckDbOptions {
  /** A database file, or `:memory:`. */
  readonly path?: string
  /** Beyond it DuckDB spills to `spillFolder`. */
  readonly memoryMb: number
  readonly threads: number
  readonly spillFolder: string
}

/** A DuckDB database with one connection. It reads and writes all times as UTC. */
export class DuckDb {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.#connection = connection
  }

  static async open({ path = ':memory:', memoryMb, threads, spillFolder }: DuckDbOptions): Promise<DuckDb> {
    const instance = await DuckDBInstance.create(path, {
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      temp_directory: spillFolder,
      // Row order of a table means nothing here, and keeping it costs memory.
      preserve_insertion_order: 'false',
      // Nothing is downloaded at run time.
      autoinstall_known_extensions: 'false',
    })
    const connection = await instance.connect()
    await connection.run(`set TimeZone = 'UTC'`)
    return new DuckDb(instance, connection)
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql)
  }

  /** The rows of a query with values as JSON has them: decimals, big integers and times are texts. */
  async rows<T>(sql: string): Promise<T[]> {
    const reader = await this.#connection.runAndReadAll(sql)
    return reader.getRowObjectsJson() as T[]
  }

  /** The rows of a query one after the other, without holding all of them. */
  async *stream<T>(sql: string): AsyncGenerator<T> {
    const result = await this.#connection.stream(sql)
    for await (const rows of result.yieldRowObjectJson()) yield* rows as T[]
  }

  /** The one row of a query. */
  async row<T>(sql: string): Promise<T> {
    const rows = await this.rows<T>(sql)
    if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}: ${sql.slice(0, 120)}`)
    return rows[0]!
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Texts as an SQL list literal. */
export function listLiteral(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`
}
