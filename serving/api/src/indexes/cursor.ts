import { createHash } from 'node:crypto'
import { Problem } from '@fintech-streams/service'

/** Where a page ends: the last row's key, and the digest of the query that it is a page of. */
interface CursorContent {
  readonly key: readonly string[]
  readonly digest: string
}

/** Digest of a query's filters. A cursor carries it, so that it cannot continue another query. */
export function queryDigest(filters: unknown): string {
  return createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 16)
}

export function encodeCursor(key: readonly string[], digest: string): string {
  return Buffer.from(JSON.stringify({ key, digest } satisfies CursorContent)).toString('base64url')
}

/** @throws Problem `invalid_request` for a text that is no cursor, or one of another query. */
export function decodeCursor(text: string, columns: number, digest: string): readonly string[] {
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw invalid('is not a cursor of this API')
  }
  const { key, digest: found } = content as Partial<CursorContent>
  const isKey = Array.isArray(key) && key.length === columns && key.every((part) => typeof part === 'string')
  if (!isKey) throw invalid('is not a cursor of this index')
  if (found !== digest) throw invalid('belongs to another query: send the filters of the page that it came with')
  return key
}

function invalid(message: string): Problem {
  return new Problem('invalid_request', `/query/cursor ${message}`, { fields: [{ pointer: '/query/cursor', message }] })
}
