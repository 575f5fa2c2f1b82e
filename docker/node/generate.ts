/**
 * `generator run-all` for a container, which may start many times. Of the history that `GENERATOR_BACKFILL` asks for it
 * writes only what is missing since the last transaction, as `make demo` does: written again, it would only be late.
 */
import { duration, valuesFromEnvironment } from '@fintech-streams/service'
import { databaseConfig, databaseSettings, withConnection } from '@fintech-streams/generator'

const values = valuesFromEnvironment({
  ...databaseSettings,
  backfill: duration({ env: 'GENERATOR_BACKFILL', default: 7_200_000, help: 'history to write, at most' }),
})
const last = await withConnection(databaseConfig(values), async (client) => {
  const { rows } = await client.query<{ last: Date | null }>('select max(created_at) as last from transactions')
  return rows[0]?.last ?? undefined
})
const missedMs = last === undefined ? values.backfill : Math.min(values.backfill, Date.now() - last.getTime())
process.env['GENERATOR_BACKFILL'] = `${Math.max(0, missedMs)}ms`
process.argv.push('generator', 'run-all')
await import('@fintech-streams/cli')
