import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsvRecord, CsvReader, delimiterOf, OPEN_QUOTE, splitRecord, statedDelimiter } from './csv.ts'
import { LINE_MAX } from './encoding.ts'
import { splitLines } from './lines.ts'

/** Records of three columns, of which the first is a number. */
async function records(text: string, delimiter = ',', width = 3): Promise<CsvRecord[]> {
  async function* pieces() {
    yield text
  }
  const reader = new CsvReader(splitLines(pieces()))
  const shape = { width, makesSense: ([first = '']: readonly string[]) => /^\d+$/.test(first) }
  const found: CsvRecord[] = []
  for (;;) {
    const record = await reader.record(delimiter, shape)
    if (record === undefined) return found
    found.push(record)
  }
}

const outline = (found: readonly CsvRecord[]) =>
  found.map((record) => ('reason' in record ? [record.number, record.reason] : [record.number, ...record.values]))

describe('splitRecord', () => {
  it.each([
    ['a,b,c', ['a', 'b', 'c']],
    ['a,,', ['a', '', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi""",c', ['say "hi"', 'c']],
    ['"",""""', ['', '"']],
    ['6" pipe,a "b" c', ['6" pipe', 'a "b" c']],
    ['a, "b, c" ,d', ['a', 'b, c', 'd']],
  ])('splits %s', (text, values) => {
    expect(splitRecord(text, ',')).toEqual({ values, end: 'closed' })
  })

  it('tells an open quote from a broken one', () => {
    expect(splitRecord('a,"b', ',').end).toBe('open')
    expect(splitRecord('a,"b""', ',').end).toBe('open')
    expect(splitRecord('a,"b"c,d', ',').end).toBe('broken')
  })
})

describe('CsvReader', () => {
  it('loses only the line of a quote that is not closed', async () => {
    const text = '1,a,"Ann\n2,b,B\n3,"c, d",C\n4,d,D'
    expect(outline(await records(text))).toEqual([
      [1, OPEN_QUOTE],
      [2, '2', 'b', 'B'],
      [3, '3', 'c, d', 'C'],
      [4, '4', 'd', 'D'],
    ])
  })

  it.each([
    ['before the last column', '1,"a,x\n2,b,B'],
    ['at a line that another open quote follows', '1,a,"x\n2,"b,y\n3,c,C'],
    ['at the last line', '1,a,"x'],
    ['before a line with a quote at its end', '1,a,"x\n2,b,6"'],
    ['before a line that is refused, and one that is whole', '1,a,"x\nnonsense\n3,c,C'],
  ])('knows an open quote %s', async (_, text) => {
    const found = outline(await records(text))
    expect(found[0]).toEqual([1, OPEN_QUOTE])
    expect(found).toHaveLength(text.split('\n').length)
  })

  it('reads a value with line breaks, of several lines, and gives it the first line’s number', async () => {
    const text = '1,"a\n\n2 of them, with ""quotes""\r\nend",x\n2,b,y'
    expect(outline(await records(text))).toEqual([
      [1, '1', 'a\n\n2 of them, with "quotes"\nend', 'x'],
      [5, '2', 'b', 'y'],
    ])
  })

  it('refuses lines with too few or too many values, and takes empty ones at the end', async () => {
    expect(outline(await records('1,a\n\n2,a,b,c\n3,a,b,,\n'))).toEqual([
      [1, '2 values, where the header names 3 columns'],
      [3, '4 values, where the header names 3 columns'],
      [4, '3', 'a', 'b', '', ''],
    ])
  })

  it('refuses a line that is too long, and an open quote before it, alone', async () => {
    const text = `1,a,"x\n2,b,${'y'.repeat(LINE_MAX)}\n3,c,z`
    const found = await records(text)
    expect(found.map(({ number }) => number)).toEqual([1, 2, 3])
    expect(found[1]).toMatchObject({ reason: expect.stringContaining('longer than') as string })
  })

  it('does not look further than a thousand lines for the end of a value', async () => {
    const text = `1,a,"x\n${'no record\n'.repeat(1_500)}2,b,"y"\n`
    const found = await records(text)
    expect(found[0]).toMatchObject({ number: 1, reason: OPEN_QUOTE })
    expect(found).toHaveLength(1_502)
  })

  it('reads back what a writer wrote, and with one quote opened loses one line', async () => {
    const value = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', '\n', 'é'), maxLength: 6 })
    const rows = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 })
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(), async (given, seed) => {
        const lines = given.map(([b, c], n) => `${n},${quoted(b)},${quoted(c)}`)
        const values = given.map(([b, c], n) => [String(n), b, c])
        const all = await records(lines.join('\n'))
        expect(all.map((record) => ('values' in record ? record.values : record.reason))).toEqual(values)
        const at = seed % lines.length
        const damaged = await records(lines.with(at, `${at},x,"y`).join('\n'))
        const others = values.filter((_, n) => n !== at)
        expect(damaged.flatMap((record) => ('values' in record ? [record.values] : []))).toEqual(others)
        expect(damaged.filter((record) => 'reason' in record)).toHaveLength(1)
      }),
    )
  })
})

describe('the delimiter', () => {
  it('is what makes the wanted columns, or else most columns', () => {
    expect(delimiterOf('a,b,c', [])).toBe(',')
    expect(delimiterOf('Datum;Betrag, EUR;Kunde', [])).toBe(';')
    expect(delimiterOf('a\tb\tc', [])).toBe('\t')
    expect(delimiterOf('a|b', [])).toBe('|')
    expect(delimiterOf('one', [])).toBe(',')
    expect(delimiterOf('amount; one, two, three', ['amount'])).toBe(';')
    expect(delimiterOf('"a;b;c;d",e,f', [])).toBe(',')
  })

  it('can be stated by a first line', () => {
    expect(statedDelimiter('sep=;')).toBe(';')
    expect(statedDelimiter('"sep=|"')).toBe('|')
    expect(statedDelimiter('SEP=\t')).toBe('\t')
    expect(statedDelimiter('sep=\\t')).toBe('\t')
    expect(statedDelimiter('separator;x')).toBeUndefined()
  })
})
