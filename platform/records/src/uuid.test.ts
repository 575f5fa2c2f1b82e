import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatUuid, hashKey, parseUuid } from './uuid.ts'

test('a UUID is read and written back, in lower case', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.boolean(), (uuid, isUpper) => {
      const words = new Int32Array(5)
      expect(parseUuid(isUpper ? uuid.toUpperCase() : uuid, words, 1)).toBe(true)
      expect(formatUuid(words, 1)).toBe(uuid)
    }),
  )
})

test.each([
  '',
  '0'.repeat(36),
  '01234567-89ab-cdef-0123-456789abcdeg',
  '01234567-89ab-cdef-0123-456789abcde',
  '0123456789abcdef0123456789abcdef',
])('%j is none', (text) => expect(parseUuid(text, new Int32Array(4), 0)).toBe(false))

test('keys that differ in one bit have hashes that differ in about half of theirs', () => {
  const words = new Int32Array(4)
  let flipped = 0
  for (let bit = 0; bit < 128; bit += 1) {
    words.fill(0x5a5a5a5a)
    const hash = hashKey(words, 0, 1)
    words[bit >> 5]! ^= 1 << (bit & 31)
    let difference = hash ^ hashKey(words, 0, 1)
    for (; difference !== 0; difference &= difference - 1) flipped += 1
  }
  expect(flipped / 128).toBeGreaterThan(13)
  expect(flipped / 128).toBeLessThan(19)
})

test('ids that are chosen to collide do not, whoever chooses: the seed is not theirs', () => {
  const mask = 4_095
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const words = new Int32Array(4)
      // All of them begin at one slot where words are multiplied by constants and mixed in pairs.
      const slots = new Set<number>()
      for (let n = 0; n < mask; n += 1) {
        words.set([1, Math.imul(n, 0xc2b2ae35) ^ 7, 2, n])
        slots.add(hashKey(words, 0, seed) & mask)
      }
      // Random ones take 63 % of as many slots.
      expect(slots.size).toBeGreaterThan(0.58 * mask)
    }),
  )
})
