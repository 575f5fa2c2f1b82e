import { ByteWriter } from '@fintech-streams/records'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EncodedTexts } from './encoded-texts.ts'
import { writeInstant } from './instant-writer.ts'
import { writeMinor } from './money-writer.ts'
import { Texts } from './texts.ts'

const written = (write: (into: ByteWriter) => void, before = 0): string => {
  const into = new ByteWriter(8)
  into.ascii('x'.repeat(before))
  write(into)
  return into.bytes.toString('utf8', before, into.length)
}

test('a number’s text is written as JSON, whatever text it had before', () => {
  const step = fc.record({ number: fc.nat(300), text: fc.string({ maxLength: 60, unit: 'grapheme' }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), fc.nat(5), (steps, before) => {
      const texts = new EncodedTexts()
      const last = new Map<number, string>()
      for (const { number, text } of steps) {
        texts.set(number, text)
        last.set(number, text)
      }
      for (const [number, text] of last) {
        expect(written((into) => texts.writeJson(number, into), before)).toBe(JSON.stringify(text))
      }
    }),
  )
})

test('money and instants are written as their texts are', () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
      (minor, at) => {
        const cents = BigInt(minor)
        const sign = cents < 0n ? '-' : ''
        const whole = cents < 0n ? -cents : cents
        const text = `"${sign}${whole / 100n}.${String(whole % 100n).padStart(2, '0')}"`
        expect(written((into) => writeMinor(into, minor))).toBe(text)
        expect(written((into) => writeMinor(into, cents))).toBe(text)
        expect(written((into) => writeInstant(into, at.getTime()))).toBe(JSON.stringify(at))
      },
    ),
  )
})

test('texts are forgotten when no window has them, and their codes are others’ then', () => {
  const texts = new Texts()
  texts.untilMs = 10
  const kept = texts.codeOf('kept')
  for (let n = 0; n < 5_000; n += 1) texts.codeOf(`text ${n}`)
  texts.untilMs = 20
  texts.keep(kept)
  texts.sweep(10)
  expect([texts.size, texts.text(kept), texts.find('text 1')]).toEqual([1, 'kept', -1])
  const codes = new Set(Array.from({ length: 5_000 }, (_, n) => texts.codeOf(`new ${n}`)))
  expect([codes.size, codes.has(kept)]).toEqual([5_000, false])
})
