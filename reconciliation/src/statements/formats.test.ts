import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays } from '../calendar.ts'
import { uuid } from '../testing/lake.ts'
import { FORMATS, formatOf, type StatementFormat } from './formats.ts'
import { BadStatement, named, type ParsedStatement, type Statement, type StatementLine } from './statement.ts'

const FORMAT_NAMES = Object.keys(FORMATS) as StatementFormat[]

const day = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-12-31'), noInvalidDate: true })
const date = day.map((at) => at.toISOString().slice(0, 10))
const reference = fc.integer({ min: 1, max: 1e9 }).map((n) => named(uuid(n)))
const line = fc
  .record({
    bankReference: fc.stringMatching(/^[A-Z0-9]{1,16}$/).filter((text) => !/^NONREF$/.test(text)),
    direction: fc.constantFrom('CRDT' as const, 'DBIT' as const),
    amountMinor: fc.integer({ min: 0, max: 999_999_999_999 }),
    currency: fc.constantFrom('USD', 'EUR', 'JPY'),
    valueDate: date,
    daysToBooking: fc.integer({ min: -170, max: 170 }),
    counterparty: fc.oneof(fc.constant(''), fc.integer({ min: 1, max: 1e6 }).map(uuid)),
    references: fc.uniqueArray(reference, { maxLength: 4, selector: ({ transactionId }) => transactionId }),
  })
  .map(({ daysToBooking, ...rest }) => ({
    ...rest,
    bookingDate: addDays(rest.valueDate, daysToBooking),
    unnamedCount: 0,
  }))
const statement = fc.record({
  bankId: fc.constantFrom('NORTHBANK', 'B1'),
  date,
  isPartial: fc.boolean(),
  lines: fc.array(line, { maxLength: 12 }),
})

const numbered = (of: Omit<Statement, 'lines'> & { lines: Omit<StatementLine, 'lineNumber'>[] }): Statement => ({
  ...of,
  lines: of.lines.map((each, at) => ({ ...each, lineNumber: at + 1 })),
})
/** An MT940 has a statement per currency, so the lines come in another order. */
const sortedLines = (statements: readonly Pick<Statement, 'lines'>[]): string[] =>
  statements
    .flatMap(({ lines }) => lines.map(({ lineNumber: _, ...rest }) => JSON.stringify(rest, Object.keys(rest).sort())))
    .sort()

describe.each(FORMAT_NAMES)('%s', (name) => {
  const { write, parse } = FORMATS[name]

  test('what is written is read back, and recognised', () => {
    fc.assert(
      fc.property(statement, (of) => {
        const text = write(numbered(of))
        const back = parse(text)
        expect(formatOf(text)).toBe(name)
        for (const one of back) {
          expect(one).toMatchObject({ date: of.date, isPartial: of.isPartial, rejected: [], imbalance: null })
          expect(one.owner.id).toBe(of.bankId)
        }
        expect(sortedLines(back)).toEqual(sortedLines([numbered(of)]))
      }),
      { numRuns: 200 },
    )
  })

  test('line ends, blank lines and what is behind the end do not matter', () => {
    const text = write(three)
    const [whole] = parse(text)
    for (const changed of [text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r'), `${text}\n\n  \n`]) {
      expect(parse(changed)[0]?.lines).toEqual(whole?.lines)
    }
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
  references: [named(uuid(1))],
  unnamedCount: 0,
}
const three: Statement = {
  bankId: 'B1',
  date: '2026-11-20',
  lines: [plain, { ...plain, bankReference: 'R2' }, { ...plain, bankReference: 'R3' }],
}

const only = ([first, ...rest]: readonly ParsedStatement[]): ParsedStatement => {
  expect(rest).toEqual([])
  return first ?? expect.fail('there is no statement')
}

describe('bad lines are rejected by number, the good ones are taken', () => {
  test.each([
    ['csv', '-1.234,50;EUR;R2', '-1,234.50;EUR;R2', 4, /Betrag "-1,234.50"/],
    ['csv', '20.11.2026;19.11.2026;EINZELPOSTEN', '20.11.2026;31.02.2026;EINZELPOSTEN', 3, /2026-02-31/],
    ['csv', ';EUR;R2', ';EUR', 4, /7 fields/],
    ['csv', 'EINZELPOSTEN;0', 'EINZELPOSTEN;"0', 3, /a quote is left open/],
    ['mt940', '1234,50NTRF', '12.34NTRF', 5, /is not an entry/],
    ['mt940', ':61:261119', ':61:260231', 5, /2026-02-31/],
    ['fixed', '20261119', '20261131', 2, /2026-11-31/],
  ] as const)('%s: %s', (format, from, to, lineNumber, reason) => {
    const { lines, rejected } = only(FORMATS[format].parse(FORMATS[format].write(three).replace(from, to)))
    expect(lines).toHaveLength(2)
    expect(rejected).toHaveLength(1)
    expect(rejected[0]).toMatchObject({ lineNumber })
    expect(rejected[0]?.reason).toMatch(reason)
  })

  test('fixed width: a detail cut short takes its references with it', () => {
    const batch: Statement = {
      ...three,
      lines: [
        { ...plain, references: [named(uuid(1)), named(uuid(2))] },
        { ...plain, bankReference: 'R2' },
      ],
    }
    const cut = FORMATS.fixed
      .write(batch)
      .split('\n')
      .map((record, at) => (at === 1 ? record.slice(0, 50) : record))
      .join('\n')
    const { lines, rejected } = only(FORMATS.fixed.parse(cut))
    expect(lines.map(({ bankReference, references }) => [bankReference, references])).toEqual([
      ['R2', [named(uuid(1))]],
    ])
    expect(rejected).toMatchObject([{ lineNumber: 2, reason: '50 characters, expected 131' }])
  })

  test('fixed width: what is behind the trailer is no line that was taken', () => {
    const { lines, rejected } = only(FORMATS.fixed.parse(`${FORMATS.fixed.write(three)}\nprinted by LISTER 4.1\n`))
    expect(lines).toHaveLength(3)
    expect(rejected).toMatchObject([{ lineNumber: 7, reason: 'it is behind the trailer' }])
  })
})

describe('a name that is none of ours is not rejected', () => {
  const named32 = plain.references[0]?.transactionId?.replaceAll('-', '').toUpperCase() ?? ''
  test.each(FORMAT_NAMES)('%s', (format) => {
    const other = { ...plain, references: [named(null)] }
    expect(only(FORMATS[format].parse(FORMATS[format].write({ ...three, lines: [other] }))).lines).toMatchObject([
      { references: [named(null)], amountMinor: 123_450 },
    ])
    const lower = FORMATS[format].write(three).replace(named32, named32.toLowerCase())
    expect(only(FORMATS[format].parse(lower)).lines[0]?.references).toEqual(plain.references)
  })
})

describe('a bank without a reference of its own: one is made of the statement and the place', () => {
  test.each([
    ['csv', ';EUR;R2', ';EUR;', '2026-11-20/2'],
    ['camt053', '<AcctSvcrRef>R2</AcctSvcrRef>', '', 'B1-2026-11-20/2'],
    ['fixed', 'DTLR2', 'DTL  ', '2026-11-20/2'],
    ['mt940', '//R2', '', '00324/1-2026-11-20/2'],
  ] as const)('%s', (format, from, to, made) => {
    const { lines, rejected } = only(FORMATS[format].parse(FORMATS[format].write(three).replace(from, to)))
    expect(rejected).toEqual([])
    expect(lines.map(({ bankReference }) => bankReference)).toEqual(['R1', made, 'R3'])
  })
})

describe('a file that is not whole is not taken at all', () => {
  const fixed = FORMATS.fixed.write(three)
  const camt = FORMATS.camt053.write(three)
  const mt940 = FORMATS.mt940.write(three)
  test.each([
    ['fixed', fixed.slice(0, -30), /cut short/],
    ['fixed', fixed.replace(/DTL.*\n/, ''), /2 details, its trailer says 3/],
    ['fixed', fixed.replace('000000000123450', '000000000123451'), /sum up to/],
    ['fixed', fixed.replace('20261120\n', '20261131\n'), /2026-11-31/],
    ['camt053', camt.replace('</Document>', ''), /not well-formed/],
    ['camt053', camt.replace('<NbOfNtries>3', '<NbOfNtries>4'), /summary says 4/],
    ['camt053', camt.replace('<Sum>3703.50', '<Sum>3703.51'), /sum up to 3703.50, its summary says 3703.51/],
    ['camt053', '<Document><Other/></Document>', /not a camt.053/],
    ['mt940', mt940.slice(0, mt940.indexOf(':62F:')), /cut short/],
    ['mt940', mt940.replace(':62F:D261120', ':62F:D260931'), /2026-09-31/],
    ['csv', 'hello', /does not begin with Kontoauszug/],
    ['csv', FORMATS.csv.write(three).replace('20.11.2026', '31.11.2026'), /2026-11-31/],
  ] as const)('%s %#', (format, text, reason) => {
    expect(() => FORMATS[format].parse(text)).toThrow(BadStatement)
    expect(() => FORMATS[format].parse(text)).toThrow(reason)
  })

  test('what is no statement is told what one is', () => {
    for (const name of FORMAT_NAMES) {
      expect(() => formatOf('These files came from the bank on Thursday.')).toThrow(FORMATS[name].about)
    }
    expect(() => formatOf('%PDF-1.7\n%âãÏÓ\n1 0 obj')).toThrow(/it is no statement/)
  })
})

describe('amounts with any valid number of digits', () => {
  test.each([
    ['36.00000', 3_600],
    ['0007.5', 750],
    ['120', 12_000],
    ['+5.', 500],
    ['.05', 5],
    ['0', 0],
    ['90071992547409.91', 9_007_199_254_740_991],
  ])('%s', (amount, minor) => {
    const text = FORMATS.camt053.write({ ...three, lines: [plain] }).replace('<TxsSummry>', '<Skipped>')
    const changed = text.replace('</TxsSummry>', '</Skipped>').replace('>1234.50</Amt>', `>${amount}</Amt>`)
    expect(only(FORMATS.camt053.parse(changed)).lines[0]?.amountMinor).toBe(minor)
  })

  test.each([
    ['1.234', /a part of a cent/],
    ['-5.00', /not an amount/],
    ['1e3', /not an amount/],
    ['', /not an amount/],
    ['.', /not an amount/],
    ['99999999999999.99', /larger than any/],
  ])('%s is rejected', (amount, reason) => {
    const text = FORMATS.camt053.write({ ...three, lines: [plain] }).replace('>1234.50</Amt>', `>${amount}</Amt>`)
    expect(only(FORMATS.camt053.parse(text)).rejected[0]?.reason).toMatch(reason)
  })
})
