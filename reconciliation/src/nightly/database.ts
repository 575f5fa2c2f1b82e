import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { OperatingError } from '@fintech-streams/service'
import { connectPostgres, inTransaction, withPostgres } from '@fintech-streams/postgres'
import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

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
    const client = await connectPostgres({ ...config, application_name: 'reconciliation-nightly' })
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
    const insert = 'insert into reconciliation.failures (business_date, code, message) values ($1, $2, $3)'
    await withPostgres(config, (client) => client.query(insert, [date, code, message]))
  }

  async rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.#client.query<T>(sql, [...values])).rows
  }

  /** Runs everything in one transaction. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await inTransaction(this.#client, work)
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
