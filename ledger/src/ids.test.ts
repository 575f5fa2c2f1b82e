import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { derivedUuid, eventIdOf } from './ids.ts'

const AT_MS = Date.UTC(2026, 10, 20, 12)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const take = (count: number, transactionId: string, atMs = AT_MS): string[] =>
  Array.from({ length: count }, (_, n) => eventIdOf(transactionId, atMs, n))

test('ids of events are the same for the same transaction, and no two are the same', () => {
  expect(take(5, 'one')).toEqual(take(5, 'one'))
  const ids = Array.from({ length: 1_000 }, (_, n) => take(5, `transaction ${n}`)).flat()
  expect(new Set(ids).size).toBe(5_000)
  for (const id of ids) expect(id).toMatch(UUID)
})

test('ids of events begin with the time, so a later one is larger', () => {
  const [before = ''] = take(1, 'b', AT_MS)
  const [after = ''] = take(1, 'a', AT_MS + 1)
  expect(after > before).toBe(true)
  expect(parseInt(before.replaceAll('-', '').slice(0, 12), 16)).toBe(AT_MS)
})

test('a derived id is that of RFC 9562, version 8, over the hash', () => {
  const digits = createHash('sha256').update('customer\nann').digest('hex')
  const id = derivedUuid('customer', 'ann').replaceAll('-', '')
  expect(id.slice(0, 12) + id.slice(13, 16)).toBe(digits.slice(0, 12) + digits.slice(13, 16))
  expect(id.slice(17)).toBe(digits.slice(17, 32))
})

test('a derived id is that of its kind and text', () => {
  expect(derivedUuid('customer', 'ann')).toMatch(UUID)
  expect(derivedUuid('customer', 'ann')).toBe(derivedUuid('customer', 'ann'))
  expect(derivedUuid('customer', 'ann')).not.toBe(derivedUuid('account', 'ann'))
})
