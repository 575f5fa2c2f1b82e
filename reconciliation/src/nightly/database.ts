import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { OperatingError } from '@fintech-streams/service'
import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

const CONNECT_MS = 10_000
/** How a null is written in CSV between DuckDB and Postgres: an empty text stays an empty text. */
export const CSV_NULL = '\\N'

/** The nightly batch's session with Postgres, which holds its lock as long as it lives. */
export class NightlyDatabase {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /** @throws OperatingError when Postgres does not answer, or another nightly run holds the lock. */
  static async open(config: pg.ClientConfig): Promise<NightlyDatabase> {
    const client = new pg.Client({
      ...config,
      application_name: 'reconciliation-nightly',
      connectionTimeoutMillis: CONNECT_MS,
    })
    // A lost session fails the next query; without a listener it would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
    } catch (error) {
      const where = `${config.host}:${config.port}`
      const advice = 'start it, or set POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER and POSTGRES_PASSWORD'
      throw new OperatingError('postgres_unreachable', `no Postgres at ${where}: ${(error as Error).message}: ${advice}`, error)
    }
    const database = new NightlyDatabase(client)
    const [schema] = await database.rows<{ there: boolean }>(
      `select to_regclass('reconciliation.runs') is not null as there`,
    )
    if (schema?.there !== true) {
      await client.end()
      throw new OperatingError('no_schema', 'the database has no schema reconciliation: run npx fintech migrate')
    }
    const [lock] = await database.rows<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      ADVISORY_LOCKS.nightly,
    ])
    if (lock?.held !== true) {
      await client.end()
      throw new OperatingError('locked', 'another nightly run is under way: wait for it')
    }
    return database
  }

  /** Notes a failed run, with or without the lock. */
  static async recordFailure(config: pg.ClientConfig, date: string, code: string, message: string): Promise<void> {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: CONNECT_MS })
    client.on('error', () => undefined)
    await client.connect()
    try {
      await client.query(`insert into reconciliation.failures (business_date, code, message) values ($1, $2, $3)`, [
        date,
        code,
        message,
      ])
    } finally {
      await client.end()
    }
  }

  async rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.#client.query<T>(sql, [...values])).rows
  }

  /** Runs everything in one transaction. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.#client.query('begin')
    try {
      await work()
      await this.#client.query('commit')
    } catch (error) {
      await this.#client.query('rollback').catch(() => undefined)
      throw error
    }
  }

  /** A query's rows to a CSV file with a header. */
  async exportCsv(query: string, file: string): Promise<void> {
    const source = this.#client.query(copyTo(`copy (${query}) to stdout (format csv, header, null '${CSV_NULL}')`))
    await pipeline(source, createWriteStream(file))
  }

  /** A CSV file without a header to columns of a table. */
  async importCsv(table: string, columns: readonly string[], file: string): Promise<void> {
    const target = this.#client.query(
      copyFrom(`copy ${table} (${columns.join(', ')}) from stdin (format csv, null '${CSV_NULL}')`),
    )
    await pipeline(createReadStream(file), target)
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }
}
