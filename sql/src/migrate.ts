import { OperatingError } from '@fintech-streams/service'
import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import pg from 'pg'
import {
  type AppliedMigration,
  type Migration,
  MIGRATIONS_DIRECTORY,
  pendingMigrations,
  readMigrations,
} from './migrations.ts'
import { type RolePasswords, setRolePasswords } from './roles.ts'

/** How long to wait for another `migrate` that is running, and for a server that does not answer. */
const LOCK_WAIT_MS = 60_000
const CONNECT_WAIT_MS = 10_000

/**
 * Brings a database up to date: runs every pending migration in a transaction of its own, then sets the roles'
 * passwords. Two at once are safe: the second waits for the first and finds nothing to do.
 *
 * @param connection the database, as its owner.
 * @returns the names of the migrations that it ran, in order.
 * @throws OperatingError when the server cannot be reached, a migration fails or an applied one has changed. Those
 *   before a failed migration stay applied.
 */
export async function migrate(
  connection: pg.ClientConfig,
  passwords: RolePasswords,
  directory = MIGRATIONS_DIRECTORY,
): Promise<string[]> {
  const migrations = await readMigrations(directory)
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_WAIT_MS })
  // A lost connection also fails the query under way, which reports it; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    const where = `${connection.host}:${connection.port}/${connection.database} as ${connection.user}`
    throw new OperatingError('postgres_unreachable', `cannot connect to Postgres at ${where}: ${messageOf(error)}`, error)
  }
  try {
    await lock(client)
    const ran: string[] = []
    for (const migration of pendingMigrations(migrations, await readApplied(client))) {
      await apply(client, migration)
      ran.push(migration.name)
    }
    await setRolePasswords(client, passwords)
    return ran
  } finally {
    await client.end()
  }
}

/** Held until the session ends. */
async function lock(client: pg.Client): Promise<void> {
  try {
    await client.query(`set lock_timeout = ${LOCK_WAIT_MS}`)
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.migration])
  } catch (error) {
    const waited = `${LOCK_WAIT_MS / 1000} s`
    throw new OperatingError('locked', `another migrate has been running for over ${waited}: stop it first`, error)
  }
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  await client.query(`
    create table if not exists schema_migrations (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz(3) not null default now()
    )`)
  const { rows } = await client.query<AppliedMigration>('select name, sha256 from schema_migrations order by name')
  return rows
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into schema_migrations (name, sha256) values ($1, $2)', [
      migration.name,
      migration.sha256,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw new OperatingError('migration_failed', `migration ${migration.name} failed: ${messageOf(error)}`, error)
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  if (!(error instanceof Error)) return String(error)
  const { hint } = error as pg.DatabaseError
  return hint === undefined ? error.message : `${error.message} (${hint})`
}
