/**
 * Health check of the generator's container, which listens on no port: exits with 0 when it is connected to Postgres.
 * Nothing of the generator is loaded, so that a check costs a fraction of a second. Compose ends one that takes too long.
 */
import { postgresConnection, withPostgres } from '@fintech-streams/postgres'
import { postgresSettings, text, valuesFromEnvironment } from '@fintech-streams/service'

const role = (env: string) => text({ env, default: 'generator', takes: 'name', help: 'of the generator' })
const values = valuesFromEnvironment({
  ...postgresSettings,
  postgresUser: role('GENERATOR_DB_USER'),
  postgresPassword: role('GENERATOR_DB_PASSWORD'),
})
const config = {
  ...postgresConnection(values),
  application_name: 'health check',
}
const { rowCount } = await withPostgres(config, (client) =>
  client.query("select from pg_stat_activity where application_name = 'generator'"),
)
if (rowCount === 0) {
  process.stderr.write('the generator is not connected to Postgres\n')
  process.exitCode = 1
}
