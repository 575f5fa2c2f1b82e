import { describe, expect, it } from 'vitest'
import { copyText } from './copy.ts'
import { formatE8 } from './rows.ts'

describe('copyText', () => {
  it('puts fields between tabs and rows on lines', () => {
    expect(copyText([])).toBe('')
    expect(
      copyText([
        { a: 'x', b: 1, c: true, d: null },
        { a: '', b: -2.5, c: false, d: 'N' },
      ]),
    ).toBe('x\t1\ttrue\t\\N\n\t-2.5\tfalse\tN\n')
  })

  it('escapes what means something to COPY', () => {
    expect(copyText([{ a: 'tab\there', b: 'line\nbreak\r', c: 'back\\slash', d: '\\N' }])).toBe(
      'tab\\there\tline\\nbreak\\r\tback\\\\slash\t\\\\N\n',
    )
  })

  it('writes objects as JSON and lists as arrays, quoted where they must be', () => {
    const row = { json: { city: 'Hồ "Chí" Minh\n' }, plain: ['A_1', 'B'], none: [], odd: ['a,b', 'NULL', '', 'q"\\'] }
    expect(copyText([row])).toBe(
      '{"city":"Hồ \\\\"Chí\\\\" Minh\\\\n"}\t{A_1,B}\t{}\t{"a,b","NULL","","q\\\\"\\\\\\\\"}\n',
    )
  })
})

describe('formatE8', () => {
  it.each([
    [108_500_000, '1.08500000'],
    [1, '0.00000001'],
    [-250, '-0.00000250'],
    [0, '0.00000000'],
    [482_000_000_000, '4820.00000000'],
  ])('writes %i as %s', (value, text) => {
    expect(formatE8(value)).toBe(text)
  })
})
