/**
 * `generator run-all` for a container, which may start many times. Of the history that `GENERATOR_BACKFILL` asks for it
 * writes only what is missing since the last transaction, as `make demo` does: written again, it would only be late.
 */
import { duration, valuesFromEnvironment } from '@fintech-streams/service'
import { newestEventMs } from '@fintech-streams/ledger'
import { databaseConfig, databaseSettings, withConnection } from '@fintech-streams/generator'

const values = valuesFromEnvironment({
  ...databaseSettings,
  backfill: duration({ env: 'GENERATOR_BACKFILL', default: 7_200_000, help: 'history to write, at most' }),
})
const newestMs = await withConnection(databaseConfig(values), newestEventMs)
const missedMs = newestMs === undefined ? values.backfill : Math.min(values.backfill, Date.now() - newestMs)
process.env['GENERATOR_BACKFILL'] = `${Math.max(0, missedMs)}ms`
process.argv.push('generator', 'run-all')
await import('@fintech-streams/cli')
