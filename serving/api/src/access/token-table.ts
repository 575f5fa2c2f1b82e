import { type ClientBase, type QueryConfig, type QueryResultRow } from 'pg'
import { isRole } from './roles.ts'
import { type TokenEntry } from './tokens.ts'
import { type TokenSource } from './token-source.ts'

const TOKENS_MAX = 1_000

interface TokenRow {
  id: string
  name: string
  roles: string[]
  secret_sha256: Buffer
  ends_at: Date | null
}

/** Where statements go to. */
interface Queries {
  query<R extends QueryResultRow>(query: QueryConfig): Promise<R[]>
}

/** Tokens of `serving.tokens`, which the API can read and not write. */
export class TokenTable implements TokenSource {
  readonly #database: Queries

  constructor(database: Queries) {
    this.#database = database
  }

  /** Revoked tokens are there as expired ones: that there were some keeps the demo from being open to everybody again. */
  async read(): Promise<readonly TokenEntry[]> {
    const rows = await this.#database.query<TokenRow>({
      name: 'tokens',
      text: `select id, name, roles, secret_sha256, least(expires_at, revoked_at) as ends_at from serving.tokens
             order by revoked_at is not null, created_at desc limit ${TOKENS_MAX}`,
    })
    return rows.map(({ id, name, roles, secret_sha256, ends_at }) => ({
      id,
      name,
      roles: roles.filter(isRole),
      secretHash: secret_sha256,
      expiresAtMs: ends_at?.getTime(),
    }))
  }
}

/** Adds a token. @throws the database's error, such as a name that is taken. */
export async function insertToken(client: ClientBase, entry: TokenEntry): Promise<void> {
  const expiresAt = entry.expiresAtMs === undefined ? null : new Date(entry.expiresAtMs)
  await client.query(
    'insert into serving.tokens (id, name, roles, secret_sha256, expires_at) values ($1, $2, $3, $4, $5)',
    [entry.id, entry.name, entry.roles, entry.secretHash, expiresAt],
  )
}

/** Revokes the tokens of a name. @returns how many were valid. */
export async function revokeTokens(client: ClientBase, name: string): Promise<number> {
  const { rowCount } = await client.query(
    'update serving.tokens set revoked_at = now() where name = $1 and revoked_at is null',
    [name],
  )
  return rowCount ?? 0
}

export interface ListedToken {
  id: string
  name: string
  roles: string[]
  created_at: Date
  expires_at: Date | null
  revoked_at: Date | null
}

/** The newest tokens first, revoked ones included. */
export async function listTokens(client: ClientBase): Promise<ListedToken[]> {
  const { rows } = await client.query<ListedToken>(
    `select id, name, roles, created_at, expires_at, revoked_at from serving.tokens
     order by created_at desc limit ${TOKENS_MAX}`,
  )
  return rows
}
