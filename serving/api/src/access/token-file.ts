import { readFile, stat } from 'node:fs/promises'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { OperatingError } from '@fintech-streams/service'
import { isRole, ROLES } from './roles.ts'
import { type TokenEntry } from './tokens.ts'
import { type TokenSource } from './token-source.ts'

/** `{"tokens": [{"id", "name", "roles", "secret_sha256", "expires_at"}]}`, as `serving token create --print` shows one. */
const TokenFileSchema = Type.Object(
  {
    tokens: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: '^[0-9a-f]{12}$' }),
          name: Type.String({ minLength: 1, maxLength: 64 }),
          roles: Type.Array(Type.String(), { minItems: 1 }),
          secret_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
          expires_at: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        },
        { additionalProperties: false },
      ),
      { maxItems: 1_000 },
    ),
  },
  { additionalProperties: false },
)

/** One entry as the file holds it. */
export function fileEntry({ id, name, roles, secretHash, expiresAtMs }: TokenEntry): object {
  return {
    id,
    name,
    roles,
    secret_sha256: secretHash.toString('hex'),
    expires_at: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
  }
}

/** Tokens of a file, such as a mounted secret. It is read again when its time or size has changed. */
export class TokenFile implements TokenSource {
  readonly #path: string
  #seen = ''
  #entries: readonly TokenEntry[] = []

  constructor(path: string) {
    this.#path = path
  }

  async read(): Promise<readonly TokenEntry[]> {
    const { mtimeMs, size, ino } = await stat(this.#path)
    const version = `${mtimeMs}/${size}/${ino}`
    if (version !== this.#seen) {
      this.#entries = parseTokenFile(await readFile(this.#path, 'utf8'), this.#path)
      this.#seen = version
    }
    return this.#entries
  }
}

/** @throws OperatingError that names the first thing wrong. */
export function parseTokenFile(text: string, path: string): TokenEntry[] {
  const wrong = (why: string): OperatingError => new OperatingError('bad_token_file', `${path}: ${why}`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw wrong(`not JSON: ${(error as Error).message}`)
  }
  if (!Value.Check(TokenFileSchema, parsed)) {
    const [first] = Value.Errors(TokenFileSchema, parsed)
    throw wrong(`${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}`)
  }
  return parsed.tokens.map(({ id, name, roles, secret_sha256: hash, expires_at: expires }, index) => {
    const unknown = roles.find((role) => !isRole(role))
    if (unknown !== undefined) throw wrong(`/tokens/${index}: ${unknown} is none of ${ROLES.join(', ')}`)
    const expiresAtMs = expires === undefined || expires === null ? undefined : Date.parse(expires)
    if (Number.isNaN(expiresAtMs)) throw wrong(`/tokens/${index}: expires_at is not a time`)
    return { id, name, roles: roles.filter(isRole), secretHash: Buffer.from(hash, 'hex'), expiresAtMs }
  })
}
