import { isUuid } from '@fintech-streams/contracts'
import { Problem } from '@fintech-streams/service'
import { decodeCursor } from '../indexes/cursor.ts'

/**
 * Where a page of things with an event time ends: the time, whatever else the order goes by, and the transaction.
 * @throws Problem `invalid_request` for a text that is no such cursor, or one of another question.
 */
export function decodePlace(cursor: string, columns: number, question: string): readonly string[] {
  const place = decodeCursor(cursor, columns, question)
  if (Number.isNaN(Date.parse(place[0]!)) || !isUuid(place.at(-1))) {
    throw new Problem('invalid_request', '/query/cursor is not a cursor of this API')
  }
  return place
}
