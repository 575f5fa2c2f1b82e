import { describe, expect, test } from 'vitest'
import { parseCamt053 } from './camt053.ts'
import { BadStatement, named, type ParsedStatement, paymentCount } from './statement.ts'

const OURS = ['0192f0c1-2b3c-4d5e-8f90-0000000000a1', '0192f0c1-2b3c-4d5e-8f90-0000000000a2'] as const
const hex = (n: 0 | 1): string => OURS[n].replaceAll('-', '').toUpperCase()

const PREFIX = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.'
interface Parts {
  readonly version?: string
  readonly head?: string
  readonly account?: string
  readonly entries?: string
}
const message = ({ version = '08', head = '', account = '', entries = '' }: Parts): string =>
  `<Document xmlns="${PREFIX}${version}"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>
  <Stmt><Id>ST-7</Id><CreDtTm>2026-11-20T06:00:00+01:00</CreDtTm>${head}<Acct>${account}</Acct>${entries}</Stmt>
  </BkToCstmrStmt></Document>`
const entry = (inner = '', amount = '10.00', direction = 'DBIT'): string =>
  `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
  <BookgDt><Dt>2026-11-19</Dt></BookgDt><ValDt><Dt>2026-11-18</Dt></ValDt>${inner}</Ntry>`
const payment = (id: string, inner = ''): string =>
  `<TxDtls><Refs><EndToEndId>${id}</EndToEndId></Refs>${inner}</TxDtls>`
const details = (...payments: string[]): string => `<NtryDtls>${payments.join('')}</NtryDtls>`

const only = (text: string): ParsedStatement => {
  const [first, ...rest] = parseCamt053(text)
  expect(rest).toEqual([])
  return first ?? expect.fail('there is no statement')
}
const lineOf = (entries: string) => {
  const { lines, rejected } = only(message({ entries }))
  expect(rejected).toEqual([])
  return lines[0] ?? expect.fail('there is no line')
}

test.each(['02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13'])('version %s', (version) => {
  expect(only(message({ version, entries: entry() })).lines).toHaveLength(1)
})

test.each([
  [message({ version: '01', entries: entry() }), /version 01 of camt.053: 02 to 13 are known/],
  [message({ version: '14', entries: entry() }), /version 14/],
  [
    `<Document xmlns="${PREFIX.replace('053', '052')}08"><BkToCstmrAcctRpt><Rpt/></BkToCstmrAcctRpt></Document>`,
    /it is a camt.052/,
  ],
  [
    `<d:Document xmlns:d="${PREFIX.replace('053', '054')}04"><d:BkToCstmrDbtCdtNtfctn/></d:Document>`,
    /it is a camt.054/,
  ],
  [`<Document xmlns="${PREFIX}08"><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>`, /without a statement/],
  [
    message({ head: '<FrToDt><FrDtTm>2026-11-31T00:00:00Z</FrDtTm></FrToDt>' }),
    /its first day: "2026-11-31" is not a date/,
  ],
  [message({ entries: entry() }).replace('2026-11-20T06', '2026-13-20T06'), /its creation: "2026-13-20"/],
  [`<a>${'<b>'.repeat(20_000)}${'</b>'.repeat(20_000)}</a>`, /not well-formed/],
])('refused by name %#', (text, reason) => {
  expect(() => parseCamt053(text)).toThrow(BadStatement)
  expect(() => parseCamt053(text)).toThrow(reason)
})

test('envelopes, prefixes and comments around a message do not matter', () => {
  const inner = message({ entries: `<!-- ${entry()} -->${entry()}` })
  const prefixed = inner.replaceAll(/<(\/?)([A-Z])/g, '<$1camt:$2').replace('xmlns=', 'xmlns:camt=')
  for (const text of [`<Envelope><AppHdr><Id>1</Id></AppHdr><Body>${inner}</Body></Envelope>`, prefixed]) {
    expect(only(text).lines).toHaveLength(1)
  }
})

test('several statements of a file are statements of their own, and their lines are numbered on', () => {
  const statements = message({ entries: entry() + entry() }).replace('</Stmt>', '</Stmt><Stmt><Id>B</Id></Stmt>')
  const two = statements.replace('<Id>B</Id>', `<Id>B</Id><CreDtTm>2026-11-21T00:00:00Z</CreDtTm>${entry('', '7')}`)
  expect(
    parseCamt053(two).map(({ date, lines }) => [date, lines.map((line) => [line.lineNumber, line.amountMinor])]),
  ).toEqual([
    [
      '2026-11-19',
      [
        [1, 1_000],
        [2, 1_000],
      ],
    ],
    ['2026-11-19', [[3, 700]]],
  ])
})

describe('choices of the schema', () => {
  const day = (inner: string): string => entry().replace('<BookgDt><Dt>2026-11-19</Dt></BookgDt>', inner)
  test.each([
    ['<BookgDt><Dt>2026-11-17</Dt></BookgDt>', '2026-11-17'],
    ['<BookgDt><DtTm>2026-11-17T23:59:59.123456-11:00</DtTm></BookgDt>', '2026-11-17'],
    ['<BookgDt><Dt>2026-11-17+01:00</Dt></BookgDt>', '2026-11-17'],
    ['<BookgDt><Dt>2026-11-17Z</Dt></BookgDt>', '2026-11-17'],
    ['', '2026-11-18'],
  ])('booked %s', (given, booked) => {
    expect(lineOf(day(given)).bookingDate).toBe(booked)
  })

  test('an entry without any date is of its statement’s day', () => {
    const bare = entry().replaceAll(/<(?:BookgDt|ValDt)>.*?<\/(?:BookgDt|ValDt)>/g, '')
    expect(lineOf(bare)).toMatchObject({ bookingDate: '2026-11-20', valueDate: '2026-11-20' })
  })

  test.each([
    ['<Sts>BOOK</Sts>', 1, 0],
    ['<Sts><Cd>BOOK</Cd></Sts>', 1, 0],
    ['', 1, 0],
    ['<Sts>PDNG</Sts>', 0, 1],
    ['<Sts><Cd>INFO</Cd></Sts>', 0, 1],
    ['<Sts><Cd>FUTR</Cd></Sts>', 0, 1],
  ])('status %s: %i booked, %i announced', (status, booked, announced) => {
    const { lines, rejected, unbookedCount } = only(
      message({ entries: entry().replace('<Sts><Cd>BOOK</Cd></Sts>', status) }),
    )
    expect([lines.length, rejected.length, unbookedCount]).toEqual([booked, 0, announced])
  })

  test('a status that nobody knows is rejected', () => {
    const { rejected } = only(message({ entries: entry().replace('BOOK', 'XXXX') }))
    expect(rejected).toMatchObject([{ lineNumber: 1, reason: expect.stringMatching(/status "XXXX"/) as unknown }])
  })

  test.each([
    [entry('<AcctSvcrRef>A-1</AcctSvcrRef>'), 'A-1'],
    [entry(details('<TxDtls><Refs><AcctSvcrRef>T-1</AcctSvcrRef></Refs></TxDtls>')), 'T-1'],
    [entry('<AcctSvcrRef>NONREF</AcctSvcrRef>'), 'ST-7/1'],
    [entry('<NtryRef>4</NtryRef>'), 'ST-7/1'],
    [
      entry(details(...['a', 'b'].map((ref) => `<TxDtls><Refs><AcctSvcrRef>${ref}</AcctSvcrRef></Refs></TxDtls>`))),
      'ST-7/1',
    ],
  ])('the bank’s reference %#', (given, reference) => {
    expect(lineOf(given).bankReference).toBe(reference)
  })

  test.each([
    ['<Id><IBAN>DE02 1203</IBAN></Id>', { account: 'DE02 1203' }],
    ['<Id><Othr><Id>0815</Id></Othr></Id>', { account: '0815' }],
    ['<Svcr><FinInstnId><BIC>MERIDEFF</BIC></FinInstnId></Svcr>', { bic: 'MERIDEFF' }],
    ['<Svcr><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></Svcr>', { bic: 'MERIDEFFXXX' }],
    ['<Svcr><FinInstnId><Nm>Meridian Trust</Nm></FinInstnId></Svcr>', { name: 'Meridian Trust' }],
    ['<Svcr><FinInstnId><Othr><Id>MERIDIAN</Id></Othr></FinInstnId></Svcr>', { id: 'MERIDIAN' }],
  ])('the owner %s', (account, owner) => {
    expect(only(message({ account })).owner).toEqual({ id: '', account: '', bic: '', name: '', ...owner })
  })
})

describe('who is at the other end', () => {
  const parties = (inner: string): string => details(payment('NOTPROVIDED', `<RltdPties>${inner}</RltdPties>`))
  const both = '<Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr><Cdtr><Pty><Nm>Payee</Nm></Pty></Cdtr>'
  test.each([
    ['money out', entry(parties(both), '1', 'DBIT'), 'Payee'],
    ['money in', entry(parties(both), '1', 'CRDT'), 'Payer'],
    ['before version 08', entry(parties('<Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Nm>Payee</Nm></Cdtr>')), 'Payee'],
    ['only one is named', entry(parties('<Dbtr><Nm>Somebody</Nm></Dbtr>')), 'Somebody'],
    ['a bank', entry(parties('<Cdtr><Agt><FinInstnId><Nm>Third Bank</Nm></FinInstnId></Agt></Cdtr>')), 'Third Bank'],
    [
      'entities',
      entry(parties('<Cdtr><Nm>M&amp;S &lt;London&gt; &#38;amp; Caf&#xE9; &apos;&quot;</Nm></Cdtr>')),
      `M&S <London> &amp; Café '"`,
    ],
    ['literal text', entry(parties('<Cdtr><Nm><![CDATA[M&amp;S <London>]]></Nm></Cdtr>')), 'M&amp;S <London>'],
    ['nobody', entry(details(payment('NOTPROVIDED'))), ''],
    [
      'different ones',
      entry(
        details(
          ...['A', 'B'].map((name) => payment('NOTPROVIDED', `<RltdPties><Cdtr><Nm>${name}</Nm></Cdtr></RltdPties>`)),
        ),
      ),
      '',
    ],
  ])('%s', (_, given, counterparty) => {
    expect(lineOf(given).counterparty).toBe(counterparty)
  })
})

describe('batches', () => {
  const part = (amount: string, currency = 'EUR'): string => `<Amt Ccy="${currency}">${amount}</Amt>`
  const oldPart = (amount: string): string => `<AmtDtls><TxAmt>${part(amount)}</TxAmt></AmtDtls>`
  test.each([
    ['named whole', entry(details(payment(hex(0)), payment(hex(1)))), [named(OURS[0]), named(OURS[1])], 2],
    ['in two blocks', entry(details(payment(hex(0))) + details(payment(hex(1)))), [named(OURS[0]), named(OURS[1])], 2],
    [
      'named in part',
      entry(details(payment(hex(0), part('3.00')), payment('NOTPROVIDED', part('7.00')))),
      [named(OURS[0], 300)],
      2,
    ],
    [
      'with somebody else’s',
      entry(details(payment(hex(0), oldPart('3')), payment('INVOICE 4711'))),
      [named(OURS[0], 300), named(null)],
      2,
    ],
    [
      'more than are shown',
      entry(`<NtryDtls><Btch><NbOfTxs>5</NbOfTxs></Btch>${payment(hex(0))}</NtryDtls>`),
      [named(OURS[0])],
      5,
    ],
    [
      'parts in another currency',
      entry(details(payment(hex(0), part('3.00', 'SEK')), payment(hex(1), part('0')))),
      [named(OURS[0]), named(OURS[1])],
      2,
    ],
    ['without any name', entry(details(payment('NOTPROVIDED'), payment('NOTPROVIDED'))), [], 0],
    ['one payment of somebody else', entry(details(payment('SALARY-11'))), [named(null)], 1],
    [
      'our reference in another field',
      entry(
        details(`<TxDtls><Refs><EndToEndId>X</EndToEndId><InstrId>${hex(1).toLowerCase()}</InstrId></Refs></TxDtls>`),
      ),
      [named(OURS[1])],
      1,
    ],
    ['no details', entry(), [], 0],
  ])('%s', (_, given, references, count) => {
    const line = lineOf(given)
    expect(line.references).toEqual(references)
    expect(paymentCount(line)).toBe(count)
  })

  test('what is not named is of whoever it is said to be of', () => {
    const name = (of: string): string => `<RltdPties><Cdtr><Nm>${of}</Nm></Cdtr></RltdPties>`
    expect(lineOf(entry(details(payment(hex(0), name('A')), payment('NOTPROVIDED', name('B'))))).counterparty).toBe('B')
  })
})

test('a reversal goes the way that it says, whatever it reverses', () => {
  const reversal = entry('<RvslInd>true</RvslInd>', '5.00', 'CRDT')
  expect(lineOf(reversal)).toMatchObject({ direction: 'CRDT', amountMinor: 500 })
})

describe('balances', () => {
  const balance = (code: string, amount: string, day: string, direction = 'CRDT', currency = 'EUR'): string =>
    `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${amount}</Amt>
    <CdtDbtInd>${direction}</CdtDbtInd><Dt><Dt>${day}</Dt></Dt></Bal>`
  const entries = entry('', '30.00', 'DBIT') + entry('', '10.50', 'CRDT')
  const closing = (amount: string, direction = 'DBIT'): string => balance('CLBD', amount, '2026-11-19', direction)
  test.each([
    ['add up', balance('OPBD', '12.00', '2026-11-18') + closing('7.50'), null],
    ['add up, with digits', balance('OPBD', '12', '2026-11-18') + closing('7.50000'), null],
    ['add up from the day before', balance('PRCD', '12.00', '2026-11-18') + closing('7.50'), null],
    [
      'the first and the last of several',
      balance('CLBD', '9', '2026-11-18') +
        closing('7.50') +
        balance('OPBD', '1', '2026-11-19') +
        balance('OPBD', '12.00', '2026-11-17'),
      null,
    ],
    [
      'a cent off',
      balance('OPBD', '12.00', '2026-11-18') + closing('7.51'),
      /12.00 and entries of -19.50 make -7.50, its closing balance is -7.51 EUR/,
    ],
    ['overdrawn', balance('OPBD', '12.00', '2026-11-18') + closing('7.50', 'CRDT'), /closing balance is 7.50/],
    ['of another currency', balance('OPBD', '12.00', '2026-11-18', 'CRDT', 'SEK') + closing('1.00'), null],
    ['only one', closing('1.00'), null],
    [
      'of other kinds',
      balance('OPAV', '1', '2026-11-18') + balance('CLAV', '1', '2026-11-19') + balance('ITBD', '3', '2026-11-19'),
      null,
    ],
  ])('%s', (_, balances, expected) => {
    const { imbalance, lines } = only(message({ account: '', entries: balances + entries }))
    expect(lines).toHaveLength(2)
    if (expected === null) expect(imbalance).toBeNull()
    else expect(imbalance).toMatch(expected)
  })

  test('of a page they say nothing, and the page is not all of its day', () => {
    const balances = balance('OPBD', '1.00', '2026-11-18') + closing('9.00')
    const page = (n: number, isLast: boolean): string =>
      `<StmtPgntn><PgNb>${n}</PgNb><LastPgInd>${isLast}</LastPgInd></StmtPgntn>`
    const read = (head: string) => only(message({ head, entries: balances + entries }))
    expect(read(page(1, false))).toMatchObject({ imbalance: null, isPartial: true })
    expect(read(page(2, true))).toMatchObject({ imbalance: null, isPartial: false })
    expect(read(page(1, true)).imbalance).toMatch(/closing balance/)
  })

  test('what is not booked does not count, and of what cannot be read nobody knows', () => {
    const pending = entry('', '99.00').replace('BOOK', 'PDNG')
    const read = (more: string) =>
      only(message({ entries: balance('OPBD', '12.00', '2026-11-18') + closing('7.50') + entries + more }))
    expect(read(pending)).toMatchObject({ imbalance: null, unbookedCount: 1 })
    expect(read(entry('', 'much'))).toMatchObject({ imbalance: null, rejected: [{ lineNumber: 3 }] })
  })
})

describe('summaries', () => {
  const summary = (inner: string): string => `<TxsSummry>${inner}</TxsSummry>`
  const entries = entry('', '3.00', 'DBIT') + entry('', '4.00', 'CRDT') + entry('', '5.00').replace('BOOK', 'PDNG')
  test.each([
    '<TtlNtries><NbOfNtries>3</NbOfNtries><Sum>12</Sum></TtlNtries>',
    '<TtlNtries><NbOfNtries>2</NbOfNtries><Sum>7.00000</Sum></TtlNtries>',
    '<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>4.00</Sum></TtlCdtNtries><TtlDbtNtries><Sum>3</Sum></TtlDbtNtries>',
  ])('%s fits', (inner) => {
    expect(only(message({ entries: summary(inner) + entries })).lines).toHaveLength(2)
  })
  test.each([
    ['<TtlNtries><NbOfNtries>4</NbOfNtries></TtlNtries>', /3 entries, its summary says 4/],
    ['<TtlNtries><Sum>7.01</Sum></TtlNtries>', /sum up to 12.00, its summary says 7.01/],
    ['<TtlCdtNtries><Sum>3.00</Sum></TtlCdtNtries>', /of CRDT sum up to 4.00/],
    ['<TtlDbtNtries><NbOfNtries>3</NbOfNtries></TtlDbtNtries>', /2 entries of DBIT, its summary says 3/],
  ])('%s does not', (inner, reason) => {
    expect(() => parseCamt053(message({ entries: summary(inner) + entries }))).toThrow(reason)
  })
})

describe('the days that it is of', () => {
  const period = (from: string, to: string): string =>
    `<FrToDt><FrDtTm>${from}T00:00:00</FrDtTm><ToDtTm>${to}T23:59:59</ToDtTm></FrToDt>`
  test.each([
    ['its period', period('2026-11-01', '2026-11-30'), '2026-11-01', '2026-11-30'],
    ['its bookings', '', '2026-11-19', '2026-11-19'],
  ])('%s', (_, head, from, date) => {
    expect(only(message({ head, entries: entry() }))).toMatchObject({ from, date })
  })
  test('its creation, where nothing was booked', () => {
    expect(only(message({}))).toMatchObject({ from: '2026-11-20', date: '2026-11-20', lines: [] })
    expect(() => parseCamt053(message({}).replace(/<CreDtTm>.*?<\/CreDtTm>/, ''))).toThrow(/of which day it is/)
  })
})
