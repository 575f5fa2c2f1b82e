import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdTable, packIds } from './id-table.ts'

const ZERO = '00000000-0000-0000-0000-000000000000'
/** Few ids, so that many come again; the one of zeros, which looks like a free slot, among them. */
const id = fc.oneof(fc.uuid(), fc.constant(ZERO), fc.integer({ min: 0, max: 500 }).map(numbered))

function numbered(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

test('holds what a set holds, whatever comes in which order', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 2_000 }), fc.array(id), (added, others) => {
      const table = new IdTable()
      const naive = new Set<string>()
      for (const uuid of added) {
        expect(table.add(uuid)).toBe(!naive.has(uuid))
        naive.add(uuid)
      }
      expect(table.size).toBe(naive.size)
      for (const uuid of [...added, ...others]) expect(table.has(uuid)).toBe(naive.has(uuid))
    }),
  )
})

test('packed and taken in again, the ids are the same', () => {
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 500 }), (ids) => {
      const table = new IdTable()
      const packed = packIds(ids)
      expect(packed.length).toBe(16 * ids.length)
      table.addPacked(packed)
      expect(table.size).toBe(ids.length)
      for (const uuid of ids) expect(table.add(uuid)).toBe(false)
    }),
  )
})
