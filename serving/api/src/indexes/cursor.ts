import { createHash } from 'node:crypto'
import { Problem } from '@fintech-streams/service'

/** Where a page ends: the last row's key, and what the rows were asked for by. */
interface CursorContent {
  readonly key: readonly string[]
  readonly question: string
}

/** What a cursor belongs to: it must not be used to go on with another question. */
export function questionDigest(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 16)
}

export function encodeCursor(key: readonly string[], question: string): string {
  return Buffer.from(JSON.stringify({ key, question } satisfies CursorContent)).toString('base64url')
}

/** @throws Problem `invalid_request` for a text that is no cursor, or one of another question. */
export function decodeCursor(text: string, columns: number, question: string): readonly string[] {
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw invalid('is not a cursor of this API')
  }
  const { key, question: asked } = content as Partial<CursorContent>
  const isKey = Array.isArray(key) && key.length === columns && key.every((part) => typeof part === 'string')
  if (!isKey) throw invalid('is not a cursor of this index')
  if (asked !== question) throw invalid('belongs to another question: send the filters of the page that it came with')
  return key
}

function invalid(message: string): Problem {
  return new Problem('invalid_request', `/query/cursor ${message}`, { fields: [{ pointer: '/query/cursor', message }] })
}
