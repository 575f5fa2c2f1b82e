import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Role } from './roles.ts'

/**
 * A token is `fs_<id>_<secret>`: the id finds the entry, the secret proves that the bearer is meant. The secret has 256
 * random bits, so a plain SHA-256 is kept of it: a slow hash or a salt protects what people think up and can be guessed,
 * and would cost every request milliseconds. The prefix lets secret scanners find a token in a repository.
 */

const ID_BYTES = 6
const SECRET_BYTES = 32
const TOKEN = /^fs_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

/** What is kept of a token: nothing that lets anybody in. */
export interface TokenEntry {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** SHA-256 of the secret. */
  readonly secretHash: Buffer
  /** From then on it is not valid. */
  readonly expiresAtMs: number | undefined
}

/** A new token. Only its holder will ever have the text. */
export function newToken(
  name: string,
  roles: readonly Role[],
  expiresAtMs: number | undefined,
): { text: string; entry: TokenEntry } {
  const id = randomBytes(ID_BYTES).toString('hex')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { text: `fs_${id}_${secret}`, entry: { id, name, roles, secretHash: hashOf(secret), expiresAtMs } }
}

/**
 * The entry that a token belongs to.
 * @returns undefined for a token that is malformed, unknown, expired or whose secret is another.
 */
export function findToken(
  entries: ReadonlyMap<string, TokenEntry>,
  text: string,
  nowMs: number,
): TokenEntry | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? []
  if (id === undefined || secret === undefined) return undefined
  const entry = entries.get(id)
  if (entry === undefined || !timingSafeEqual(entry.secretHash, hashOf(secret))) return undefined
  return entry.expiresAtMs !== undefined && entry.expiresAtMs <= nowMs ? undefined : entry
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}
