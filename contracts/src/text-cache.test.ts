import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextCache } from './text-cache.ts'

test('gives the text of the bytes, or none, also while it grows', () => {
  const text = fc.oneof(
    fc.integer({ min: 0, max: 3_000 }).map((n) => `0a1b2c3d-0000-4000-8000-${String(n).padStart(12, '0')}`),
    fc.string({ maxLength: 80 }),
    fc.constantFrom('', 'abc', 'abcd', 'abcde', 'Zürich', 'Zurich'),
  )
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 2_000 }), fc.nat(7), (texts, gap) => {
      const cache = new TextCache()
      for (const wanted of texts) {
        const bytes = Buffer.from(`${' '.repeat(gap)}${wanted}`)
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
        const found = cache.find(view, gap, bytes.length - gap)
        if (found === undefined) cache.keep(view, gap, wanted)
        expect(found ?? wanted).toBe(wanted)
        const again = cache.find(view, gap, bytes.length - gap)
        expect(again ?? wanted).toBe(wanted)
      }
    }),
    { numRuns: 30 },
  )
})

test('finds what was kept last at its place', () => {
  const cache = new TextCache()
  const bytes = Buffer.from('device-1')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  expect(cache.find(view, 0, 8)).toBeUndefined()
  cache.keep(view, 0, 'device-1')
  expect(cache.find(view, 0, 8)).toBe('device-1')
  expect(cache.find(view, 0, 7)).toBeUndefined()
})
