import { OperatingError } from '@fintech-streams/service'
import pg from 'pg'

const CONNECT_WAIT_MS = 10_000

/**
 * Connects to the database.
 * @throws OperatingError when the server cannot be reached or refuses the role.
 */
export async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({
    ...config,
    application_name: 'generator',
    connectionTimeoutMillis: CONNECT_WAIT_MS,
    keepAlive: true,
  })
  // A lost connection also fails the query under way, which reports it; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    const where = `${config.host}:${config.port}/${config.database} as ${String(config.user)}`
    throw new OperatingError('postgres_unreachable', `cannot connect to Postgres at ${where}: ${messageOf(error)}`, error)
  }
  return client
}

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

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** The error, or one that says what to do where the database lacks what migrations make. */
export function explained(error: unknown): unknown {
  const isUnprepared = error instanceof pg.DatabaseError && (error.code === '42P01' || error.code === '42501')
  if (!isUnprepared) return error
  return new OperatingError('no_schema', `the database is not up to date (${error.message}): run npx fintech migrate`, error)
}

/** True where the same statements can succeed later: the server is away, starting, stopping, full or in a deadlock. */
export function isTransient(error: unknown): boolean {
  if (error instanceof OperatingError) return error.code === 'postgres_unreachable' && isTransient(error.cause)
  if (error instanceof pg.DatabaseError) return TRANSIENT_STATE.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  const { code = '' } = error as NodeJS.ErrnoException
  return NETWORK_CODE.test(code) || LOST_CONNECTION.test(error.message)
}

/** What node says of a socket, and a stream of one that ended too soon. */
const NETWORK_CODE = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)/
/** What pg says of a connection that broke: these errors have no code. */
const LOST_CONNECTION = /^(Connection terminated|Client has encountered a connection error|timeout expired)/

/** SQLSTATE classes: connection (08), rollback (40), resources (53), shutdown and crash (57P), lock time-out (55P03). */
const TRANSIENT_STATE = /^(08|40|53|57P|55P03)/

/** True when a row with this primary key is already there. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505'
}
