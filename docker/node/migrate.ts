/** `migrate` for containers, where the generator then writes history: nobody else may write until it is there. */
import { announceHistory } from '@fintech-streams/ledger'
import { postgresConfig, postgresSettings, valuesFromEnvironment } from '@fintech-streams/service'
import { Client } from 'pg'

process.argv.push('migrate')
await import('@fintech-streams/cli')
if (process.exitCode === undefined) {
  const client = new Client(postgresConfig(valuesFromEnvironment(postgresSettings)))
  await client.connect()
  await announceHistory(client)
  await client.end()
}
