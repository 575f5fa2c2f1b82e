import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { formatUuidWords, hashUuidWords, parseUuid, writeUuidWords } from './uuid.ts'

const uuids = fc.uuid().map((text) => text.toLowerCase())

test('a UUID in any case is its lower-case form', () => {
  fc.assert(
    fc.property(fc.mixedCase(uuids), (text) => {
      expect(parseUuid(text)).toBe(text.toLowerCase())
    }),
  )
})

it.each([
  '',
  '0a1b2c3d00004000800000000000000100ab',
  '0a1b2c3d-0000-4000-8000-00000000000',
  '0a1b2c3d-0000-4000-8000-0000000000011',
  '0a1b2c3d-0000-4000-8000-00000000000g',
  '0a1b2c3d_0000_4000_8000_000000000001',
  ' 0a1b2c3d-0000-4000-8000-00000000001',
  '0a1b2c3d-0000-4000-8000-000000000001\n',
  7,
  null,
  ['0a1b2c3d-0000-4000-8000-000000000001'],
])('%j is none', (value) => expect(parseUuid(value)).toBeUndefined())

test.each([Int32Array, Uint32Array])('%o: words are read back as the UUID that was written, in any case', (Words) => {
  const words = new Words(9)
  fc.assert(
    fc.property(fc.mixedCase(uuids), (text) => {
      writeUuidWords(text, words, 3)
      expect(formatUuidWords(words, 3)).toBe(text.toLowerCase())
    }),
  )
})

test('signed and unsigned words have one hash, which another seed changes', () => {
  fc.assert(
    fc.property(uuids, fc.integer(), (text, seed) => {
      const [signed, unsigned] = [new Int32Array(4), new Uint32Array(4)]
      writeUuidWords(text, signed)
      writeUuidWords(text, unsigned)
      expect(hashUuidWords(signed, 0, seed)).toBe(hashUuidWords(unsigned, 0, seed))
      expect(hashUuidWords(signed, 0, seed)).not.toBe(hashUuidWords(signed, 0, seed ^ 1))
    }),
  )
})

test('words that differ in one bit have hashes that differ in about half of theirs', () => {
  const words = new Int32Array(4)
  let flipped = 0
  for (let bit = 0; bit < 128; bit += 1) {
    words.fill(0x5a5a5a5a)
    const hash = hashUuidWords(words, 0, 1)
    words[bit >> 5]! ^= 1 << (bit & 31)
    let difference = hash ^ hashUuidWords(words, 0, 1)
    for (; difference !== 0; difference &= difference - 1) flipped += 1
  }
  expect(flipped / 128).toBeGreaterThan(13)
  expect(flipped / 128).toBeLessThan(19)
})

/** Families of ids that a sender can write down without trying: in one or two words of which everything else follows. */
const families: [string, (n: number) => number[]][] = [
  ['the last word counts', (n) => [1, 2, 3, n]],
  ['the first word counts', (n) => [n, 2, 3, 4]],
  ['only high bits differ', (n) => [1, n << 16, 2, n << 20]],
  ['one word undoes another under multipliers that everybody can read', (n) => [1, Math.imul(n, 0xc2b2ae35) ^ 7, 2, n]],
  ['the same the other way round', (n) => [Math.imul(n, 0x85ebca6b) ^ 9, 1, n, 2]],
  ['two words are equal', (n) => [n, 5, n, 5]],
]

test.each(families)('ids of which %s spread over a table', (_, wordsOf) => {
  const slots = 1 << 15
  const taken = new Uint16Array(slots)
  const words = new Int32Array(4)
  for (let n = 0; n < 20_000; n += 1) {
    words.set(wordsOf(n))
    taken[hashUuidWords(words) & (slots - 1)]! += 1
  }
  expect(Math.max(...taken)).toBeLessThan(12)
})
