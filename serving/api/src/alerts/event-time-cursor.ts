import { isUuid } from '@fintech-streams/contracts'
import { Problem } from '@fintech-streams/service'
import { decodeCursor } from '../indexes/cursor.ts'

/**
 * Decodes the cursor of a page ordered by event time: `[eventTime, …further sort columns, transactionId]`.
 * @throws Problem `invalid_request` for a text that is no such cursor, or one of another query.
 */
export function decodeEventTimeCursor(text: string, columns: number, digest: string): readonly string[] {
  const cursor = decodeCursor(text, columns, digest)
  if (Number.isNaN(Date.parse(cursor[0]!)) || !isUuid(cursor.at(-1))) {
    throw new Problem('invalid_request', '/query/cursor is not a cursor of this API')
  }
  return cursor
}
