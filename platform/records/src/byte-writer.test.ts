import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from './byte-writer.ts'

/** What a writer that had almost no room holds afterwards. */
function written(write: (into: ByteWriter) => void): string {
  const into = new ByteWriter(1)
  write(into)
  return into.bytes.toString('utf8', 0, into.length)
}

const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    -0,
    9,
    10,
    999_999_999,
    1e9,
    1e9 + 1,
    2 ** 31,
    2 ** 32,
    10_000_000_010,
    2 ** 53,
    2 ** 53 - 1,
    1e21,
  ),
)

test('a number is written as JSON has it', () => {
  fc.assert(
    fc.property(numbers, (value) => {
      expect(written((into) => into.number(value))).toBe(JSON.stringify(value))
    }),
    { numRuns: 2_000 },
  )
})

test('a text is written as JSON has it', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string({ minLength: 90 }))
  fc.assert(
    fc.property(fc.array(texts), (values) => {
      expect(written((into) => into.texts(values))).toBe(JSON.stringify(values))
    }),
  )
})

test('what is written goes on where the last ended', () => {
  expect(
    written((into) => {
      into.ascii('[')
      into.number(12)
      into.ascii(',')
      into.json('"ü"')
      into.ascii(',')
      into.anyJson({ a: [1] })
      into.utf8(']')
    }),
  ).toBe('[12,"\\"ü\\"",{"a":[1]}]')
})
