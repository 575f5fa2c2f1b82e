/** `migrate` for containers, where the generator then writes history: nobody else may write until it is there. */
import { announceHistory } from '@fintech-streams/ledger'
import { postgresConnection, withPostgres } from '@fintech-streams/postgres'
import { postgresSettings, valuesFromEnvironment } from '@fintech-streams/service'

process.argv.push('migrate')
await import('@fintech-streams/cli')
if (process.exitCode === undefined) {
  await withPostgres(postgresConnection(valuesFromEnvironment(postgresSettings)), announceHistory)
}
