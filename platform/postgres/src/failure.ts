import { OperatingError, reasonOf, tlsFault } from '@fintech-streams/service'
import pg from 'pg'

/**
 * What an error means to who has sent the statement.
 *
 * `outage`: the server is away, starting, stopping, full or broken; another connection may find it again.
 * `transient`: it is there, and the same statement can succeed later: a deadlock, a lock or time limit.
 * `refused`: it will not take this program or this statement until somebody changes something.
 * `data`: a value of the statement is wrong, and the others of its kind may be right.
 */
export type Failure = 'outage' | 'transient' | 'refused' | 'data'

/** SQLSTATEs that a program decides by, one by one. */
export const UNDEFINED_TABLE = '42P01'
export const UNDEFINED_COLUMN = '42703'
export const FORBIDDEN = '42501'
export const UNIQUE_VIOLATION = '23505'
export const QUERY_CANCELED = '57014'
export const LOCK_NOT_AVAILABLE = '55P03'

/** By class or SQLSTATE, the longest first: https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const FAILURES: readonly (readonly [state: string, failure: Failure])[] = [
  [QUERY_CANCELED, 'transient'],
  [LOCK_NOT_AVAILABLE, 'transient'],
  ['25P03', 'transient'], // a transaction was idle for too long
  ['57P', 'outage'], // shutdown, crash, starting
  ['08', 'outage'], // connection
  ['53', 'outage'], // out of memory, disk, connections
  ['58', 'outage'], // the server's own system
  ['40', 'transient'], // rolled back: deadlock, serialisation
  ['28', 'refused'], // password, role, pg_hba.conf
  ['3D', 'refused'], // no such database
  ['3F', 'refused'], // no such schema
  ['42', 'refused'], // no such table or column, no permission
  ['21', 'data'], // cardinality
  ['22', 'data'], // a value out of range or of another type
  ['23', 'data'], // a constraint
]

/** Node's codes for a network that has lost the server, and for a stream of it that ended too early. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_STREAM_PREMATURE_CLOSE)/
/** What `pg` says without a code: of a connection that broke, of an answer that is late, of a server without TLS. */
const LOST = /^(Connection terminated|Client has encountered a connection error|timeout expired)/
const LATE = /^(timeout exceeded|Query read timeout)/
const WITHOUT_TLS = 'The server does not support SSL connections'

/** What an error of a connection or statement means; undefined for one that Postgres has nothing to do with. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof OperatingError) return failureOf(error.cause)
  if (error instanceof AggregateError) return failureOf(error.errors[0])
  if (!(error instanceof Error)) return undefined
  const code = codeOf(error)
  if (error instanceof pg.DatabaseError) return FAILURES.find(([state]) => code.startsWith(state))?.[1]
  if (NETWORK.test(code) || LOST.test(error.message)) return 'outage'
  if (LATE.test(error.message)) return 'transient'
  return error.message === WITHOUT_TLS || tlsFault(code, '', '') !== undefined ? 'refused' : undefined
}

/** What to do about an error of failure `refused`. */
export function adviceOn(error: Error): string {
  if (error.message === WITHOUT_TLS) return 'turn on ssl in the server, or set POSTGRES_SSLMODE to disable'
  const code = codeOf(error)
  if (code === '28P01')
    return 'check the role and its password (POSTGRES_USER, POSTGRES_PASSWORD or the role’s own variable)'
  if (code.startsWith('28'))
    return 'check POSTGRES_USER, the server’s pg_hba.conf, and POSTGRES_SSLMODE where it demands TLS'
  if (code === '3D000') return 'check POSTGRES_DB'
  const fault = tlsFault(
    code,
    'POSTGRES_SSL_CA',
    'connect by a name that is in it, or set POSTGRES_SSLMODE to verify-ca',
  )
  return fault ?? 'run npx fintech migrate, and check POSTGRES_DB and POSTGRES_USER'
}

/**
 * The error of a connection that could not be made, as one sentence that says what to do.
 * @param where `host:port/database as user`.
 */
export function explainedConnect(error: unknown, where: string): OperatingError {
  const refused = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  if (failureOf(refused) === 'refused' && refused instanceof Error) {
    const advice = adviceOn(refused)
    return new OperatingError('postgres_refused', `Postgres refuses ${where}: ${refused.message}: ${advice}`, error)
  }
  const advice = 'start it, or set POSTGRES_HOST and POSTGRES_PORT, or DATABASE_URL, to where it runs'
  return new OperatingError(
    'postgres_unreachable',
    `cannot connect to Postgres at ${where}: ${reasonOf(error)}: ${advice}`,
    error,
  )
}

/** Whether Postgres refuses a value, and not the statement. */
export const isDataError = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && failureOf(error) === 'data'

/** Whether an error is Postgres's, with one of these SQLSTATEs. */
export function isState(error: unknown, ...states: readonly string[]): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && states.includes(error.code ?? '')
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')
