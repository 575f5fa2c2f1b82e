import { execFile } from 'node:child_process'
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Client } from 'pg'
import { type PostgresConnection, postgresConnection, withPostgres } from '@fintech-streams/postgres'
import { OperatingError, postgresSettings, valuesFromEnvironment } from '@fintech-streams/service'
import { makeOwnFolder, postgresHome, preparePrograms, type PostgresHome, type SystemUser } from './postgres-home.ts'
import { linuxProcess } from './process-record.ts'
import { runToEnd } from './programs.ts'
import { type ProcessSpec, type Report } from './process-spec.ts'
import { PORTS, setting, variableOf, type Stack } from './stack.ts'

const execute = promisify(execFile)
const PROBE_TIMEOUT_MS = 3_000

export const postgres = (stack: Stack): ProcessSpec => ({
  name: 'postgres',
  needs: [],
  ports: [{ port: stack.ports.postgres, variable: variableOf(PORTS.postgres) }],
  memory: '256 MB buffers, 8 MB a sort',
  prepare,
  command: async () => {
    const { programs, data, user } = postgresHome(stack)
    const overrides = [`port=${stack.ports.postgres}`, 'listen_addresses=localhost', 'unix_socket_directories=']
    return {
      file: join(programs, 'bin/postgres'),
      args: ['-D', data, ...overrides.flatMap((override) => ['-c', override])],
      cwd: data,
      ...(user === undefined ? {} : { user }),
    }
  },
  probe: (to) => withClient(to, 'postgres', async (client) => void (await client.query('select 1'))),
  initialize,
  // Backends of a server that was killed notice it within moments; until then they hold its shared memory.
  isTransient: (lines) => lines.some((line) => line.includes('pre-existing shared memory block')),
  // Long enough to replay the write-ahead log after a crash.
  readyWithinMs: 120_000,
  // Fast shutdown: sessions end, transactions roll back, a checkpoint is written.
  stopSignal: 'SIGINT',
  stopWithinMs: 60_000,
})

/** The connection to the stack's database as its superuser. */
export const postgresOf = (stack: Stack): PostgresConnection =>
  postgresConnection(valuesFromEnvironment(postgresSettings, stack.env))

/** Runs `use` with a connection as the superuser. */
export async function withClient<T>(stack: Stack, database: string, use: (client: Client) => Promise<T>): Promise<T> {
  const own = { database, connectionTimeoutMillis: PROBE_TIMEOUT_MS, application_name: 'local' }
  return withPostgres({ ...postgresOf(stack), ...own }, use)
}

async function prepare(stack: Stack): Promise<void> {
  const home = postgresHome(stack)
  preparePrograms(home)
  if (!existsSync(join(home.data, 'PG_VERSION'))) await initialise(stack, home)
  const settings = join(home.data, 'postgresql.conf')
  copyFileSync(join(stack.checkout, 'docker/postgres/postgresql.conf'), settings)
  own(settings, home.user)
  removeStaleLock(home.data)
}

/** Creates the database cluster beside its place and moves it there whole: an interrupted start leaves no half of one. */
async function initialise(stack: Stack, { programs, data, user }: PostgresHome): Promise<void> {
  const fresh = `${data}.new`
  const passwordFile = `${data}.password`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(stack.dataDir, { recursive: true })
  if (dirname(data) !== stack.dataDir) makeOwnFolder(dirname(data), user)
  makeOwnFolder(fresh, user)
  writeFileSync(passwordFile, setting(stack, 'POSTGRES_PASSWORD'), { mode: 0o600 })
  own(passwordFile, user)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const superuser = [`--username=${setting(stack, 'POSTGRES_USER')}`, `--pwfile=${passwordFile}`]
  const auth = ['--auth=scram-sha-256', '--data-checksums']
  try {
    await execute(join(programs, 'bin/initdb'), ['-D', fresh, ...locale, ...superuser, ...auth], {
      cwd: fresh,
      ...user,
    })
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new OperatingError(
      'initdb',
      `Postgres could not create its data in ${data}: ${stderr.trim() || String(error)}`,
      error,
    )
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(fresh, data)
}

/**
 * A killed server leaves a lock file with its pid. Where that pid is a zombie, or another program's by now, the server
 * would refuse to start. Removing the file is safe then: the server still checks the shared memory of its data folder.
 */
function removeStaleLock(data: string): void {
  const lock = join(data, 'postmaster.pid')
  if (!existsSync(lock)) return
  const owner = linuxProcess(Number.parseInt(readFileSync(lock, 'utf8'), 10))
  if (owner !== undefined && (owner.zombie || owner.command !== 'postgres')) rmSync(lock)
}

/** Creates the platform's database and brings its schema up to date. */
async function initialize(stack: Stack, report: Report): Promise<void> {
  const database = setting(stack, 'POSTGRES_DB')
  await withClient(stack, 'postgres', async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`)
  })
  await runToEnd(stack, 'migrate', [], report)
}

function own(file: string, user: SystemUser | undefined): void {
  if (user !== undefined) chownSync(file, user.uid, user.gid)
}
