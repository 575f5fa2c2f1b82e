import { type Values } from '@fintech-streams/service'
import { createWorld } from '../model/world.ts'
import { databaseConfig, type initSettings } from '../settings.ts'
import { withConnection } from '../write/connection.ts'
import { writeWorld } from '../write/write-world.ts'
import { startOf } from './origin.ts'

/** Makes the reference data, unless there is some: a database keeps the customers that it has. */
export async function init(
  values: Values<typeof initSettings>,
  seed: number,
  print: (line: string) => void,
): Promise<void> {
  const world = await createWorld({ customers: values.numCustomers, seed, nowMs: startOf(values) })
  const before = await withConnection(databaseConfig(values), (client) => writeWorld(client, world))
  print(
    before > 0
      ? `reference data: ${before} customers are there already and stay as they are`
      : `reference data: ${world.customers.length} customers, ${world.accounts.length} accounts, ${world.merchants.length} merchants`,
  )
}
