import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uuid } from '../testing/lake.ts'
import { type StatementFormat } from '../rules.ts'
import { FORMATS, formatOf } from './formats.ts'
import { BadStatement, type Statement, type StatementLine } from './statement.ts'

const FORMAT_NAMES = ['csv', 'camt053', 'fixed'] as const satisfies readonly StatementFormat[]

const day = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-12-31'), noInvalidDate: true })
const date = day.map((at) => at.toISOString().slice(0, 10))
const line = fc.record({
  bankReference: fc.stringMatching(/^[A-Z0-9]{1,16}$/),
  direction: fc.constantFrom('CRDT' as const, 'DBIT' as const),
  amountMinor: fc.integer({ min: 0, max: 999_999_999_999 }),
  currency: fc.constantFrom('USD', 'EUR', 'JPY'),
  valueDate: date,
  bookingDate: date,
  counterparty: fc.oneof(fc.constant(''), fc.integer({ min: 1, max: 1e6 }).map(uuid)),
  references: fc.uniqueArray(fc.integer({ min: 1, max: 1e9 }).map(uuid), { maxLength: 4 }),
})
const statement = fc.record({
  bankId: fc.constantFrom('NORTHBANK', 'B1'),
  date,
  lines: fc.array(line, { maxLength: 12 }),
})

const numbered = (of: { bankId: string; date: string; lines: Omit<StatementLine, 'lineNumber'>[] }): Statement => ({
  ...of,
  lines: of.lines.map((each, at) => ({ ...each, lineNumber: at + 1 })),
})
const withoutNumbers = ({ lines }: Statement) => lines.map(({ lineNumber: _, ...rest }) => rest)

/** A line without references and counterparty loses nothing; camt.053 names the counterparty per transaction. */
describe.each(FORMAT_NAMES)('%s', (name) => {
  const { write, parse } = FORMATS[name]

  test('what is written is read back, and recognised', () => {
    fc.assert(
      fc.property(statement, (of) => {
        const text = write(numbered(of))
        const back = parse(text)
        expect(formatOf(text)).toBe(name)
        expect({ bankId: back.bankId, date: back.date, rejected: back.rejected }).toEqual({
          bankId: of.bankId,
          date: of.date,
          rejected: [],
        })
        expect(withoutNumbers(back)).toEqual(withoutNumbers(numbered(of)))
      }),
      { numRuns: 200 },
    )
  })
})

const plain: StatementLine = {
  lineNumber: 1,
  bankReference: 'R1',
  direction: 'DBIT',
  amountMinor: 123_450,
  currency: 'EUR',
  valueDate: '2026-11-19',
  bookingDate: '2026-11-20',
  counterparty: uuid(7),
  references: [uuid(1)],
}
const three: Statement = {
  bankId: 'B1',
  date: '2026-11-20',
  lines: [plain, { ...plain, bankReference: 'R2' }, { ...plain, bankReference: 'R3' }],
}

describe('bad lines are rejected by number, the good ones are taken', () => {
  test.each([
    ['csv', '-1.234,50;EUR;R2', '-1,234.50;EUR;R2', 4, /Betrag "-1,234.50"/],
    ['csv', '20.11.2026;19.11.2026;EINZELPOSTEN', '20.11.2026;31.02.2026;EINZELPOSTEN', 3, /2026-02-31/],
    ['csv', ';EUR;R2', ';EUR', 4, /7 fields/],
    ['csv', 'REF ', 'REF x', 3, /not 32 hexadecimal digits/],
  ] as const)('%s: %s', (format, from, to, lineNumber, reason) => {
    const { lines, rejected } = FORMATS[format].parse(FORMATS[format].write(three).replace(from, to))
    expect(lines).toHaveLength(2)
    expect(rejected).toHaveLength(1)
    expect(rejected[0]).toMatchObject({ lineNumber })
    expect(rejected[0]?.reason).toMatch(reason)
  })

  test('camt.053: an entry without an amount, one of an unknown direction', () => {
    const text = FORMATS.camt053.write(three).replace('1234.50', 'lots').replace('<CdtDbtInd>DBIT', '<CdtDbtInd>UP')
    const { lines, rejected } = FORMATS.camt053.parse(text)
    expect(lines.map(({ bankReference }) => bankReference)).toEqual(['R1', 'R2', 'R3'].slice(1))
    expect(rejected.map(({ lineNumber }) => lineNumber)).toEqual([1])
  })

  test('fixed width: a detail cut short takes its references with it', () => {
    const batch: Statement = { ...three, lines: [{ ...plain, references: [uuid(1), uuid(2)] }, three.lines[1]!] }
    const cut = FORMATS.fixed
      .write(batch)
      .split('\n')
      .map((record, at) => (at === 1 ? record.slice(0, 50) : record))
      .join('\n')
    const { lines, rejected } = FORMATS.fixed.parse(cut)
    expect(lines.map(({ bankReference, references }) => [bankReference, references])).toEqual([['R2', [uuid(1)]]])
    expect(rejected).toMatchObject([{ lineNumber: 2, reason: '50 characters, expected 131' }])
  })
})

describe('a file that is not whole is not taken at all', () => {
  const fixed = FORMATS.fixed.write(three)
  const camt = FORMATS.camt053.write(three)
  test.each([
    ['fixed', fixed.slice(0, -30), /cut short/],
    ['fixed', fixed.replace(/DTL.*\n/, ''), /2 details, its trailer says 3/],
    ['fixed', fixed.replace('000000000123450', '000000000123451'), /sum up to/],
    ['camt053', camt.replace('</Document>', ''), /not well-formed/],
    ['camt053', camt.replace('<NbOfNtries>3', '<NbOfNtries>4'), /summary says 4/],
    ['camt053', '<Document><Other/></Document>', /not a camt.053/],
    ['csv', 'hello', /does not begin with Kontoauszug/],
  ] as const)('%s %#', (format, text, reason) => {
    expect(() => FORMATS[format].parse(text)).toThrow(BadStatement)
    expect(() => FORMATS[format].parse(text)).toThrow(reason)
  })
})
