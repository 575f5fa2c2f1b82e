import {
  addSettings,
  duration,
  names,
  OperatingError,
  postgresConfig,
  postgresSettings,
  text,
  toggle,
  UsageError,
  type Values,
  valuesOf,
} from '@fintech-streams/service'
import { type Command } from 'commander'
import pg from 'pg'
import { isRole, ROLES } from './roles.ts'
import { fileEntry } from './token-file.ts'
import { insertToken, listTokens, revokeTokens } from './token-table.ts'
import { newToken } from './tokens.ts'

const CONNECT_MS = 10_000

const createSettings = {
  ...postgresSettings,
  name: text({ default: undefined, takes: 'name', help: 'who holds it, for logs, limits and revoking' }),
  role: names({ default: [] as readonly string[], known: ROLES, help: `some of ${ROLES.join(', ')}` }),
  expiresIn: duration({ default: undefined, help: 'for how long it is valid; for ever without' }),
  fileEntry: toggle({ help: 'print the entry for a file of tokens, and leave the database alone' }),
}

const revokeSettings = {
  ...postgresSettings,
  name: text({ default: undefined, takes: 'name', help: 'whose tokens' }),
}

/** `token create`, `token list` and `token revoke`, as the owner of the database. */
export function addTokenCommands(parent: Command): void {
  const create = parent
    .command('create')
    .description('make a token and print it: it is not kept and cannot be shown again')
  addSettings(create, createSettings).action(async () => createToken(valuesOf(create, createSettings)))

  const list = parent.command('list').description('tokens and their roles')
  addSettings(list, postgresSettings).action(async () => {
    const tokens = await withDatabase(valuesOf(list, postgresSettings), listTokens)
    for (const { id, name, roles, expires_at, revoked_at } of tokens) {
      const state =
        revoked_at !== null ? 'revoked' : expires_at !== null && expires_at <= new Date() ? 'expired' : 'valid'
      const until = expires_at === null ? '' : ` until ${expires_at.toISOString()}`
      process.stdout.write(`${id}  ${name}  ${roles.join(',')}  ${state}${until}\n`)
    }
  })

  const revoke = parent.command('revoke').description('make the tokens of a name invalid, within seconds')
  addSettings(revoke, revokeSettings).action(async () => {
    const values = valuesOf(revoke, revokeSettings)
    const name = required(values.name)
    const revoked = await withDatabase(values, (client) => revokeTokens(client, name))
    if (revoked === 0) throw new OperatingError('no_token', `no valid token is named ${name}: see serving token list`)
    process.stdout.write(`${revoked} revoked\n`)
  })
}

async function createToken(values: Values<typeof createSettings>): Promise<void> {
  const name = required(values.name)
  const roles = values.role.filter(isRole)
  if (roles.length === 0) throw new UsageError('--role is missing')
  const expiresAtMs = values.expiresIn === undefined ? undefined : Date.now() + values.expiresIn
  const { text: token, entry } = newToken(name, roles, expiresAtMs)
  if (values.fileEntry) process.stdout.write(`${JSON.stringify(fileEntry(entry))}\n`)
  else await withDatabase(values, (client) => insertToken(client, entry))
  process.stdout.write(`${token}\n`)
}

function required(name: string | undefined): string {
  if (name === undefined || name === '') throw new UsageError('--name is missing')
  return name
}

async function withDatabase<T>(
  values: Values<typeof postgresSettings>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ ...postgresConfig(values), connectionTimeoutMillis: CONNECT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    if (error instanceof OperatingError) throw error
    throw new OperatingError('postgres_failed', `the database says: ${(error as Error).message}`, error)
  } finally {
    await client.end().catch(() => undefined)
  }
}
