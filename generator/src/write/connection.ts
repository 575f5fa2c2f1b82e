import { connectPostgres, failureOf, FORBIDDEN, isState, UNDEFINED_TABLE } from '@fintech-streams/postgres'
import { OperatingError } from '@fintech-streams/service'
import type pg from 'pg'

/**
 * Connects to the database.
 * @throws OperatingError when the server cannot be reached or refuses the role.
 */
export const connect = (config: pg.ClientConfig): Promise<pg.Client> =>
  connectPostgres({ ...config, application_name: 'generator', keepAlive: true })

/** Runs `use` with a connection of its own. @throws OperatingError where the database is not the platform's. */
export async function withConnection<T>(config: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(config)
  try {
    return await use(client)
  } catch (error) {
    throw explained(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The error, or one that says what to do where the database lacks what migrations make. */
export function explained(error: unknown): unknown {
  if (!isState(error, UNDEFINED_TABLE, FORBIDDEN)) return error
  return new OperatingError(
    'no_schema',
    `the database is not up to date (${error.message}): run npx fintech migrate`,
    error,
  )
}

/** True where the same statements can succeed later: the server is away, starting, stopping, full or in a deadlock. */
export function isTransient(error: unknown): boolean {
  const failure = failureOf(error)
  return failure === 'outage' || failure === 'transient'
}
