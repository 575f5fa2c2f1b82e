import { OperatingError } from '@fintech-streams/service'
import { connectPostgres } from '@fintech-streams/postgres'
import type pg from 'pg'
import { type ConnectorConfig } from './config.ts'
import { type ConnectClient } from './connect-client.ts'

const STOP_MS = 30_000
const SLOT_MS = 30_000
const PAUSE_MS = 250

/**
 * Forgets how far a connector has read: its offsets in Connect and its replication slot in Postgres, which then keeps no
 * WAL for it. The connector is stopped for it and left so; deleted and applied again, it takes a new snapshot.
 * @param connection the database, as a role with REPLICATION.
 * @throws OperatingError when one of both cannot be done; doing it again is safe.
 */
export async function forgetPosition(
  client: ConnectClient,
  name: string,
  config: ConnectorConfig,
  connection: pg.ClientConfig,
): Promise<void> {
  await forgetOffsets(client, name)
  await dropSlot(connection, config['slot.name'] ?? '')
}

async function forgetOffsets(client: ConnectClient, name: string): Promise<void> {
  if ((await client.status(name)) === undefined) {
    throw new OperatingError('no_connector', `${name} is not there, so its offsets cannot be reached: apply it first`)
  }
  await client.stop(name)
  const deadline = performance.now() + STOP_MS
  for (;;) {
    const status = await client.status(name)
    if (status?.connector.state === 'STOPPED' && status.tasks.length === 0) break
    if (performance.now() >= deadline)
      throw new OperatingError('not_stopped', `${name} does not stop: see Connect's log`)
    await client.pause()
  }
  await client.deleteOffsets(name)
}

async function dropSlot(connection: pg.ClientConfig, slot: string): Promise<void> {
  const client = await connectPostgres(connection)
  try {
    const deadline = performance.now() + SLOT_MS
    for (;;) {
      const { rows } = await client.query<{ active: boolean }>(
        'select active from pg_replication_slots where slot_name = $1',
        [slot],
      )
      if (rows[0] === undefined) return
      if (!rows[0].active) break
      if (performance.now() >= deadline) throw new OperatingError('slot_in_use', `slot ${slot} is still being read`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    await client.query('select pg_drop_replication_slot($1)', [slot])
  } catch (error) {
    if (error instanceof OperatingError) throw error
    throw new OperatingError('slot_not_dropped', `slot ${slot} could not be dropped: ${String(error)}`, error)
  } finally {
    await client.end()
  }
}
