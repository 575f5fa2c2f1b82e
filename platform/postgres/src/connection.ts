import { type ConnectionOptions } from 'node:tls'
import {
  OperatingError,
  postgresSettings,
  readPem,
  type Setting,
  SSL_MODES,
  type SslMode,
  UsageError,
  type Values,
} from '@fintech-streams/service'
import pg from 'pg'
import { explainedConnect } from './failure.ts'

const CONNECT_MS = 10_000
const LOOK_MS = 3_000

/** How a program reaches its database: what `pg` takes as configuration. */
export interface PostgresConnection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Never undefined: `pg` would take it from `PGSSLMODE`. */
  readonly ssl: false | ConnectionOptions
  /** Stated for the same reason. */
  readonly sslnegotiation: 'postgres'
}

export type PostgresValues = Values<typeof postgresSettings>
/** The settings, for a program whose role has variables of its own. */
export type PostgresSettings = { readonly [Name in keyof PostgresValues]: Setting<PostgresValues[Name]> }

/** What a URL can say. */
type Part = Exclude<keyof PostgresValues, 'databaseUrl'>

/**
 * The connection that a program's settings describe.
 * @param settings what `values` are of.
 * @throws UsageError for settings that contradict each other, are incomplete, or name a file that cannot be read.
 */
export function postgresConnection(
  values: PostgresValues,
  settings: PostgresSettings = postgresSettings,
): PostgresConnection {
  const { databaseUrl, ...given } = values
  const ofUrl = databaseUrl === undefined ? {} : partsOf(databaseUrl)
  for (const [name, stated] of Object.entries(ofUrl)) {
    const { default: unset, env = name } = settings[name as Part]
    const value = given[name as Part]
    if (value !== unset && value !== stated) {
      throw new UsageError(`DATABASE_URL and ${env} contradict each other: leave it out of one of both`)
    }
  }
  const parts = { ...given, ...ofUrl }
  return {
    host: parts.postgresHost,
    port: parts.postgresPort,
    database: parts.postgresDatabase,
    user: parts.postgresUser,
    password: parts.postgresPassword,
    ssl: sslOf(parts.postgresSslmode, parts.postgresSslCa),
    sslnegotiation: 'postgres',
  }
}

function sslOf(mode: SslMode, caFile: string | undefined): false | ConnectionOptions {
  const verifies = mode === 'verify-ca' || mode === 'verify-full'
  if (verifies && caFile === undefined) throw new UsageError(`POSTGRES_SSLMODE ${mode} needs POSTGRES_SSL_CA`)
  if (!verifies && caFile !== undefined) {
    throw new UsageError(`POSTGRES_SSL_CA is not checked with POSTGRES_SSLMODE ${mode}: set verify-ca or verify-full`)
  }
  if (mode === 'disable') return false
  if (caFile === undefined) return { rejectUnauthorized: false }
  const ca = readPem('POSTGRES_SSL_CA', caFile, 'CERTIFICATE')
  return mode === 'verify-full' ? { ca } : { ca, checkServerIdentity: () => undefined }
}

/** The parts that a URL states. @throws UsageError for one that is none, or that states more than can be heeded. */
function partsOf(text: string): Partial<Omit<PostgresValues, 'databaseUrl'>> {
  const url = URL.parse(text)
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) throw badUrl('is no URL of Postgres')
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'sslmode' && name !== 'sslrootcert')
  if (unknown.length > 0) throw badUrl(`has ${unknown.join(', ')}, which is not heeded`)
  const sslmode = url.searchParams.get('sslmode')
  const mode = SSL_MODES.find((known) => known === sslmode)
  if (sslmode !== null && mode === undefined) throw badUrl(`has sslmode ${sslmode}, none of ${SSL_MODES.join(', ')}`)
  const caFile = url.searchParams.get('sslrootcert')
  const [host, database, user, password] = [
    url.hostname.replace(/^\[|\]$/g, ''),
    url.pathname.slice(1),
    url.username,
    url.password,
  ].map(decoded)
  return {
    ...(host ? { postgresHost: host } : {}),
    ...(url.port ? { postgresPort: Number(url.port) } : {}),
    ...(database ? { postgresDatabase: database } : {}),
    ...(user ? { postgresUser: user } : {}),
    ...(password ? { postgresPassword: password } : {}),
    ...(mode ? { postgresSslmode: mode } : {}),
    ...(caFile ? { postgresSslCa: caFile } : {}),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw badUrl('has a % that begins no escape')
  }
}

const badUrl = (why: string): UsageError =>
  new UsageError(`DATABASE_URL ${why}: expected postgres://user:password@host:port/database?sslmode=…&sslrootcert=…`)

/**
 * Connects within ten seconds, unless the configuration says otherwise.
 * @returns the client; who has it ends it.
 * @throws OperatingError `postgres_unreachable` or `postgres_refused`.
 */
export async function connectPostgres(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ connectionTimeoutMillis: CONNECT_MS, ...config })
  // A lost connection also fails the query under way, which reports it; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    throw explainedConnect(error, addressOf(config))
  }
}

/** Runs `use` with a connection of its own. @throws like {@link connectPostgres}, and what `use` throws. */
export async function withPostgres<T>(config: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectPostgres(config)
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Connects once, so that a program which the server refuses says so at its start instead of trying for ever.
 * @throws OperatingError `postgres_refused`. A server that does not answer is no error: it may be starting.
 */
export async function requirePostgresAccess(config: pg.ClientConfig): Promise<void> {
  try {
    await withPostgres({ ...config, connectionTimeoutMillis: LOOK_MS }, () => Promise.resolve())
  } catch (error) {
    if (!(error instanceof OperatingError) || !error.canRetry) throw error
  }
}

/** A connection as errors name it. */
const addressOf = ({ host = '', port = 0, database = '', user = '' }: pg.ClientConfig): string =>
  `${host}:${port}/${database} as ${user}`
