import { describe, expect, test } from 'vitest'
import { formatOf } from './formats.ts'
import { parseMt940 } from './mt940.ts'
import { BadStatement, named, type ParsedStatement } from './statement.ts'

const OURS = '0192f0c1-2b3c-4d5e-8f90-0000000000b1'
const HEX = OURS.replaceAll('-', '').toUpperCase()

/** An account's day; lines are those between its opening and closing balance. */
const message = (lines: readonly string[], closing = 'C261119EUR0,00', account = '99999999/0648489890'): string =>
  [':20:STARTUMSE', `:25:${account}`, ':28C:00231/001', ':60F:C261118EUR100,00', ...lines, `:62F:${closing}`, '-'].join(
    '\n',
  )
const entry = (text: string): string => `:61:${text}`

const only = (text: string): ParsedStatement => {
  const [first, ...rest] = parseMt940(text)
  expect(rest).toEqual([])
  return first ?? expect.fail('there is no statement')
}
const lineOf = (...lines: string[]) => {
  const { lines: taken, rejected } = only(message(lines))
  expect(rejected).toEqual([])
  return taken[0] ?? expect.fail('there is no line')
}

describe('an entry', () => {
  test.each([
    ['2611191119D12,50NTRFNONREF//B-1', 'DBIT', 1_250, '2026-11-19', '2026-11-19', 'B-1'],
    ['2611201119C1234567,NMSCKREF+//4711', 'CRDT', 123_456_700, '2026-11-20', '2026-11-19', '4711'],
    ['261119CR0,5S103REF//X', 'CRDT', 50, '2026-11-19', '2026-11-19', 'X'],
    ['2611191119RC7,00NTRFNONREF//R', 'DBIT', 700, '2026-11-19', '2026-11-19', 'R'],
    ['2611191119RD7,00NTRFNONREF//R', 'CRDT', 700, '2026-11-19', '2026-11-19', 'R'],
    ['2611191119D36,00000FCHKNONREF', 'DBIT', 3_600, '2026-11-19', '2026-11-19', '00231/001-2026-11-19/1'],
    ['2611191119D5,00NTRFNONREF//NONREF', 'DBIT', 500, '2026-11-19', '2026-11-19', '00231/001-2026-11-19/1'],
    ['2612310102D5,00NTRFA/B//Y', 'DBIT', 500, '2026-12-31', '2027-01-02', 'Y'],
    ['2701011231D5,00NTRFNONREF//Y', 'DBIT', 500, '2027-01-01', '2026-12-31', 'Y'],
  ] as const)('%s', (text, direction, amountMinor, valueDate, bookingDate, bankReference) => {
    expect(lineOf(entry(text))).toMatchObject({
      direction,
      amountMinor,
      valueDate,
      bookingDate,
      bankReference,
      currency: 'EUR',
    })
  })

  test.each([
    ['2611191119D12.50NTRFNONREF//B-1', /is not an entry/],
    ['2611191119D12,505NTRFNONREF//B-1', /a part of a cent/],
    ['2611191119X12,50NTRFNONREF', /is not an entry/],
    ['2602311119D12,50NTRFNONREF', /2026-02-31/],
    ['2611190231D12,50NTRFNONREF', /-02-31/],
    ['', /is not an entry/],
  ])('%s is rejected, and its neighbours are taken', (text, reason) => {
    const good = (n: number): string => entry(`2611191119D1,00NTRFNONREF//G${n}`)
    const { lines, rejected, imbalance } = only(message([good(1), entry(text), good(2)]))
    expect(lines.map(({ lineNumber }) => lineNumber)).toEqual([5, 7])
    expect(rejected).toMatchObject([{ lineNumber: 6, reason: expect.stringMatching(reason) as unknown }])
    expect(imbalance).toBeNull()
  })
})

describe('what :86: says', () => {
  const first = '2611191119D12,50NTRFNONREF//B-1'
  const none = { references: [], counterparty: '' }
  test.each([
    ['nothing', [], none],
    [
      'parts',
      [':86:166?00GUTSCHRIFT?20EREF+0192F0C12B3C4D5E8F9000?2100000000B1SVWZ+MIETE?32Moritz Ku', 'h?33hn'],
      { references: [named(OURS)], counterparty: 'Moritz Kuhhn' },
    ],
    [
      'parts by another sign',
      [`:86:020<00UEBERWEISUNG<20EREF+${HEX.slice(0, 22)}<21${HEX.slice(22)}<32Bäckerei Groß`],
      { references: [named(OURS)], counterparty: 'Bäckerei Groß' },
    ],
    [
      'a batch',
      [`:86:166?20EREF+${HEX.slice(0, 22)}?21${HEX.slice(22)}EREF+NICHT?22 UNSERS`],
      { references: [named(OURS), named(null)], counterparty: '' },
    ],
    [
      'no reference in words',
      [':86:166?20EREF+NOTPROVIDED?21SVWZ+Danke?32Somebody'],
      { references: [], counterparty: 'Somebody' },
    ],
    ['somebody else’s', [':86:166?20EREF+GEHALT 11/2026'], { references: [named(null)], counterparty: '' }],
    [
      'slashes',
      [
        `:86:/TRTP/SEPA OVERBOEKING/IBAN/NL00BANK/NAME/J. de Vries/EREF/${HEX.slice(0, 20)}`,
        `${HEX.slice(20)}/REMI/dank/`,
      ],
      { references: [named(OURS)], counterparty: 'J. de Vries' },
    ],
    ['a text', [`:86:PAYMENT ${HEX} THANK YOU`], { references: [named(OURS)], counterparty: '' }],
    [
      'a text that is long',
      [`:86:PAYMENT ${HEX.slice(0, 12)}`, HEX.slice(12)],
      { references: [named(OURS)], counterparty: '' },
    ],
    ['a text of something else', [':86:CARD FEE NOVEMBER 0192F0C1'], none],
  ])('%s', (_, purpose, expected) => {
    expect(lineOf(entry(first), ...purpose)).toMatchObject(expected)
  })

  test('it belongs to the entry before it, and that of the statement to none', () => {
    const lines = [entry(first), 'SUPPLEMENT', `:86:${HEX}`, entry('2611191119D1,00NTRFNONREF//B-2')]
    const text = message(lines).replace('\n-', `\n:86:STATEMENT ${HEX}\n-`)
    expect(only(text).lines.map(({ references }) => references)).toEqual([[named(OURS)], []])
  })
})

describe('a file', () => {
  test('has a statement per account', () => {
    const text = `{1:F01MERIDEFFXXXX0000000000}{2:O9400000}{4:\n${message([])}}\n\n${message([], 'D261120EUR100,00', 'DE02120300000000202051EUR')}`
    expect(formatOf(text)).toBe('mt940')
    expect(
      parseMt940(text).map(({ owner, from, date, imbalance }) => [owner.account, from, date, imbalance !== null]),
    ).toEqual([
      ['99999999/0648489890', '2026-11-19', '2026-11-19', true],
      ['DE02120300000000202051EUR', '2026-11-19', '2026-11-20', true],
    ])
  })

  test.each([
    ['C261119EUR87,50', null],
    ['C261119EUR87,51', /opening balance 100.00 and entries of -12.50 make 87.50, its closing balance is 87.51/],
    ['D261119EUR87,50', /closing balance is -87.50/],
  ])('whose closing balance is %s', (closing, expected) => {
    const { imbalance } = only(message([entry('2611191119D12,50NTRFNONREF//B-1')], closing))
    if (expected === null) expect(imbalance).toBeNull()
    else expect(imbalance).toMatch(expected)
  })

  test('with an intermediate balance is a part of its day', () => {
    const first = message([], 'C261119EUR100,00').replace(':62F:', ':62M:')
    expect(only(first).isPartial).toBe(true)
    expect(only(first.replace(':62M:', ':62F:').replace(':60F:', ':60M:')).isPartial).toBe(false)
  })

  test.each([
    [
      'an MT942',
      `${message([]).replace(':60F:C261118EUR100,00', ':34F:EURD10,00\n:13D:2611191200+0100')}`,
      /it is an MT942/,
    ],
    ['one that was cut', message([entry('2611191119D1,00NTRFNONREF')]).replace(/:62F[\s\S]*/, ''), /cut short/],
    ['one with a balance that is none', message([], 'EUR1,00'), /its closing balance "EUR1,00"/],
    ['one with a day that is none', message([], 'C260931EUR1,00'), /2026-09-31/],
    ['a text', 'hello', /no field :20:/],
  ])('%s is refused', (_, text, reason) => {
    expect(() => parseMt940(text)).toThrow(BadStatement)
    expect(() => parseMt940(text)).toThrow(reason)
  })
})
