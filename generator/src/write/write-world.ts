import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import { insertParties } from '@fintech-streams/ledger'
import { inTransaction } from '@fintech-streams/postgres'
import { type ClientBase } from 'pg'
import { type World } from '../model/world.ts'

/**
 * Writes the reference data and its events in one database transaction, if there is no customer yet.
 * @returns how many customers there were before; 0 when the world was written.
 */
export async function writeWorld(client: ClientBase, world: World): Promise<number> {
  return inTransaction(client, async () => {
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.referenceData])
    const { rows } = await client.query<{ customers: number }>('select count(*)::integer as customers from customers')
    const before = rows[0]?.customers ?? 0
    if (before === 0) await insertParties(client, world)
    return before
  })
}
