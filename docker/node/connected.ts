/**
 * Health check of the generator's container, which listens on no port: exits with 0 when it is connected to Postgres.
 * Nothing but the driver is loaded, so that a check costs a tenth of a second.
 */
import pg from 'pg'

const TIMEOUT_MS = 4_000

const { POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, GENERATOR_DB_USER, GENERATOR_DB_PASSWORD } = process.env
const client = new pg.Client({
  host: POSTGRES_HOST,
  port: Number(POSTGRES_PORT),
  database: POSTGRES_DB,
  user: GENERATOR_DB_USER ?? 'generator',
  password: GENERATOR_DB_PASSWORD,
  connectionTimeoutMillis: TIMEOUT_MS,
  application_name: 'health check',
})
await client.connect()
try {
  const { rowCount } = await client.query("select from pg_stat_activity where application_name = 'generator'")
  if (rowCount === 0) {
    process.stderr.write('the generator is not connected to Postgres\n')
    process.exitCode = 1
  }
} finally {
  await client.end()
}
