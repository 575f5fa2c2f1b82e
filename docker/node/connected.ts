/** Health check of the generator's container, which listens on no port: exits with 0 when it is connected to Postgres. */
import { valuesFromEnvironment } from '@fintech-streams/service'
import { withPostgres } from '@fintech-streams/postgres'
import { databaseConfig, databaseSettings } from '@fintech-streams/generator'

const TIMEOUT_MS = 4_000

const config = {
  ...databaseConfig(valuesFromEnvironment(databaseSettings)),
  connectionTimeoutMillis: TIMEOUT_MS,
  application_name: 'health check',
}
const { rowCount } = await withPostgres(config, (client) =>
  client.query("select from pg_stat_activity where application_name = 'generator'"),
)
if (rowCount === 0) {
  process.stderr.write('the generator is not connected to Postgres\n')
  process.exitCode = 1
}
