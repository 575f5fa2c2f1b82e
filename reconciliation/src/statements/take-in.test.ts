import { contractRules } from '../testing/contract-rules.ts'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Lake } from '../lake/lake.ts'
import { filesOf } from '../lake/manifest.ts'
import { type LakeStore } from '../lake/store.ts'
import { testLake, type TestLake, uuid } from '../testing/lake.ts'
import { FORMATS } from './formats.ts'
import { fileBytesMax, ingestStatement } from './ingest.ts'
import { named, type Statement, type StatementLine } from './statement.ts'
import { takeIn } from './take-in.ts'

const rules = contractRules()
const line = (n: number, changes: Partial<StatementLine> = {}): StatementLine => ({
  lineNumber: n,
  bankReference: `B-${n}`,
  direction: 'DBIT',
  amountMinor: 100 * n,
  currency: 'EUR',
  valueDate: '2026-11-19',
  bookingDate: '2026-11-19',
  counterparty: uuid(7),
  references: [named(uuid(n))],
  unnamedCount: 0,
  ...changes,
})
const day = (lines: readonly StatementLine[], changes: Partial<Statement> = {}): Statement => ({
  bankId: 'MERIDIAN',
  date: '2026-11-19',
  lines,
  ...changes,
})

let at: TestLake
let folder: string
const printed: string[] = []
beforeEach(async () => {
  at = await testLake()
  folder = join(at.folder, 'inbox')
  await mkdir(folder)
  printed.length = 0
})
afterEach(() => at.close())

const put = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const ingest = async (name: string, content: string | Buffer) =>
  ingestStatement(at.lake, at.db, rules, await put(name, content))
const options = () => ({ lake: at.lake, db: at.db, rules, folder, print: (text: string) => printed.push(text) })
const take = async (...names: string[]) =>
  takeIn(
    names.map((name) => join(folder, name)),
    options(),
  )

/** The bank's references of the lines that the lake has. */
async function references(): Promise<string[]> {
  const files = filesOf(await at.lake.manifest.latest(), 'statement_lines')
  const rows = await at.db.rows<{ bank_reference: string }>(
    `select bank_reference from (${await at.lake.scan('statement_lines', files)}) order by bank_reference`,
  )
  return rows.map(({ bank_reference }) => bank_reference)
}

describe('one bad file never holds up another', () => {
  test('what is no statement goes to rejected/ with its reason, and the others are taken', async () => {
    await put('a-note.txt', 'Files of Thursday.')
    await put('b-good.xml', FORMATS.camt053.write(day([line(1)])))
    await put('c-report.pdf', Buffer.from('%PDF-1.7\n1 0 obj "'))
    await put('d-report.xml', '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"/>')
    await put('e-unknown.csv', FORMATS.csv.write(day([line(2)], { bankId: 'NOBANK' })))
    await put('f-good.csv', FORMATS.csv.write(day([line(3)], { bankId: 'NORTHBANK' })))
    const refused = await take(
      'a-note.txt',
      'b-good.xml',
      'c-report.pdf',
      'd-report.xml',
      'e-unknown.csv',
      'f-good.csv',
    )
    expect(refused).toHaveLength(4)
    expect(await references()).toEqual(['B-1', 'B-3'])
    expect((await readdir(folder)).sort()).toEqual(['b-good.xml', 'f-good.csv', 'rejected'])
    expect(await readdir(join(folder, 'rejected'))).toHaveLength(8)
    expect(await readFile(join(folder, 'rejected/d-report.xml.reason.txt'), 'utf8')).toMatch(/it is a camt.052/)
    expect(await readFile(join(folder, 'rejected/e-unknown.csv.reason.txt'), 'utf8')).toMatch(/id NOBANK: add/)
    const { statementFiles } = await at.lake.manifest.latest()
    expect(statementFiles.map(({ name, isRefused }) => [name, isRefused])).toEqual([
      ['a-note.txt', true],
      ['b-good.xml', false],
      ['c-report.pdf', true],
      ['d-report.xml', true],
      ['e-unknown.csv', true],
      ['f-good.csv', false],
    ])
  })

  test('two files of one name are both kept, and the same one again is noted once', async () => {
    for (const content of ['one', 'another', 'another']) {
      await put('note.txt', content)
      await take('note.txt')
    }
    expect((await readdir(join(folder, 'rejected'))).filter((name) => !name.endsWith('.reason.txt')).length).toBe(2)
    expect((await at.lake.manifest.latest()).statementFiles).toHaveLength(2)
  })

  test('a file of somewhere else stays there', async () => {
    await writeFile(join(at.folder, 'note.txt'), 'note')
    expect(await takeIn([join(at.folder, 'note.txt'), join(at.folder, 'gone.txt')], options())).toHaveLength(2)
    expect(await readdir(at.folder)).toContain('note.txt')
    expect(printed.join('\n')).toMatch(/gone.txt is not taken in: it cannot be read/)
  })

  test('a file that is too large is refused before it is read', async () => {
    await put('large.csv', Buffer.alloc(33 << 20, 'x'))
    const [reason] = await take('large.csv')
    expect(reason).toMatch(/has 34603008 bytes, at most \d+ are read: split it/)
  })

  test.each([
    [96, 4],
    [128, 5],
    [512, 21],
    [4_096, 32],
    [0, 1],
  ])('with an old generation of %i MiB files of %i MiB are read', (oldSpaceMb, fileMb) => {
    expect(Math.floor(fileBytesMax(oldSpaceMb * 2 ** 20) / 2 ** 20)).toBe(fileMb)
  })

  test('in a small container, whose young generation is small too, as large files are read as on a large machine', () => {
    const bound = `import { fileBytesMax } from ${JSON.stringify(join(import.meta.dirname, 'ingest.ts'))}
      console.log(fileBytesMax())`
    for (const semiSpaceMb of [1, 64]) {
      const options = ['--max-old-space-size=128', `--max-semi-space-size=${semiSpaceMb}`, '--input-type=module']
      const printed = execFileSync(process.execPath, [...options, '--eval', bound], { encoding: 'utf8' })
      expect(Number(printed)).toBe(Math.floor((128 << 20) / 24))
    }
  })

  test('what the lake cannot do is no file’s fault: it stays, and the next one is tried', async () => {
    await put('a.xml', FORMATS.camt053.write(day([line(1)])))
    await put('b.txt', 'note')
    const publish = { value: () => Promise.reject(new Error('disk full')) }
    const broken = new Lake(Object.create(at.lake.store, { publish }) as LakeStore, at.lake.scratchFolder)
    const taking = takeIn([join(folder, 'a.xml'), join(folder, 'b.txt')], { ...options(), lake: broken })
    await expect(taking).rejects.toThrow('disk full')
    expect((await readdir(folder)).sort()).toEqual(['a.xml', 'rejected'])
    expect(await take('a.xml')).toEqual([])
    expect(await references()).toEqual(['B-1'])
  })
})

describe('what is taken twice is known', () => {
  const again = (text: string): string =>
    text.replace('<MsgId>', '<MsgId>2-').replace('T23:59:59Z</CreDtTm>', 'T23:59:58Z</CreDtTm>')

  test('a file by its content, whatever its name', async () => {
    const text = FORMATS.camt053.write(day([line(1)]))
    expect(await ingest('a.xml', text)).toMatchObject({ outcome: 'taken', lines: 1 })
    expect(await ingest('b.xml', text)).toMatchObject({ outcome: 'known' })
  })

  test('a statement by its lines, when it is downloaded again', async () => {
    const text = FORMATS.camt053.write(day([line(1), line(2)]))
    await ingest('a.xml', text)
    expect(await ingest('b.xml', again(text))).toMatchObject({ outcome: 'taken', lines: 0, known: 2, rejected: [] })
    expect(await references()).toEqual(['B-1', 'B-2'])
  })

  test('a line of two exports that overlap, and its batch with it', async () => {
    const batch = line(2, { references: [named(uuid(2)), named(uuid(22))] })
    const days = [line(1, { bookingDate: '2026-11-18' }), batch, line(3, { bookingDate: '2026-11-20' })]
    await ingest('a.xml', FORMATS.camt053.write(day(days.slice(0, 2))))
    expect(await ingest('b.xml', FORMATS.camt053.write(day(days.slice(1), { date: '2026-11-20' })))).toMatchObject({
      lines: 1,
      known: 1,
    })
    expect(await references()).toEqual(['B-1', 'B-2', 'B-3'])
    const files = filesOf(await at.lake.manifest.latest(), 'statement_references')
    expect(
      await at.db.rows(`select transaction_id from (${await at.lake.scan('statement_references', files)})`),
    ).toHaveLength(2)
  })

  test.each([
    ['another day', { bookingDate: '2026-11-18' }],
    ['another amount', { amountMinor: 101 }],
    ['another direction', { direction: 'CRDT' as const }],
    ['another reference', { bankReference: 'B-9' }],
    ['another currency', { currency: 'USD' }],
  ])('%s is another line', async (_, changes) => {
    await ingest('a.xml', FORMATS.camt053.write(day([line(1)])))
    expect(await ingest('b.xml', FORMATS.camt053.write(day([line(1, changes)])))).toMatchObject({ lines: 1, known: 0 })
  })

  test('another account has lines of its own; a file without one may be of any', async () => {
    const camt = FORMATS.camt053.write(day([line(1)]))
    await ingest('a.xml', camt)
    expect(await ingest('b.xml', camt.replace('MERIDIAN-SETTLEMENT', 'MERIDIAN-USD'))).toMatchObject({
      lines: 1,
      known: 0,
    })
    expect(await ingest('c.csv', FORMATS.csv.write(day([line(1)])))).toMatchObject({ lines: 0, known: 1 })
  })

  test('what a statement itself has twice is the bank’s doing, and stays; so it is when it comes again', async () => {
    const twice = FORMATS.camt053.write(day([line(1), line(1)]))
    expect(await ingest('a.xml', twice)).toMatchObject({ lines: 2, known: 0 })
    expect(await ingest('b.xml', again(twice))).toMatchObject({ lines: 0, known: 2 })
    const thrice = FORMATS.camt053.write(day([line(1), line(1), line(1)]))
    expect(await ingest('c.xml', thrice)).toMatchObject({ lines: 1, known: 2 })
  })

  test('a statement that a file has twice', async () => {
    const text = FORMATS.camt053.write(day([line(1), line(2)]))
    const [statement = ''] = /<Stmt>[\s\S]*<\/Stmt>/.exec(text) ?? []
    expect(await ingest('a.xml', text.replace(statement, statement + statement))).toMatchObject({ lines: 2, known: 2 })
  })

  test('lines without a reference of the bank, by their place in the statement', async () => {
    const text = FORMATS.camt053.write(day([line(1), line(1)])).replaceAll(/<AcctSvcrRef>.*<\/AcctSvcrRef>/g, '')
    expect(await ingest('a.xml', text)).toMatchObject({ lines: 2 })
    expect(await ingest('b.xml', again(text))).toMatchObject({ lines: 0, known: 2 })
  })
})

describe('each line of a file is in one count', () => {
  test('taken, rejected, known and not booked', async () => {
    await ingest('a.xml', FORMATS.camt053.write(day([line(1)])))
    const text = FORMATS.camt053
      .write(day([line(1), line(2), line(3), line(4)]))
      .replace(/<TxsSummry>[\s\S]*<\/TxsSummry>/, '')
      .replace('>3.00</Amt>', '>much</Amt>')
      .replace(/(4\.00[\s\S]*?<Cd>)BOOK/, '$1PDNG')
    expect(await ingest('b.xml', text)).toMatchObject({
      lines: 1,
      known: 1,
      unbooked: 1,
      rejected: [{ lineNumber: 3 }],
    })
    await take('b.xml')
    expect((await at.lake.manifest.latest()).statementFiles.at(-1)).toMatchObject({
      lines: 1,
      known: 1,
      unbooked: 1,
      rejected: 1,
    })
  })

  test('what does not add up is taken and said', async () => {
    const balance = (code: string, amount: string): string =>
      `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-19</Dt></Dt></Bal>`
    const text = FORMATS.camt053
      .write(day([line(1)]))
      .replace('<TxsSummry>', `${balance('OPBD', '9')}${balance('CLBD', '9')}<TxsSummry>`)
    expect(await ingest('a.xml', text)).toMatchObject({
      lines: 1,
      problem: expect.stringMatching(/make 8.00, its closing balance is 9.00/) as unknown,
      statements: [{ bankId: 'MERIDIAN', from: '2026-11-19', to: '2026-11-19', isIncomplete: true }],
    })
  })
})

describe('days that no statement is of', () => {
  test.each(['1999-12-31', '2062-11-19', '2026-02-31'])('%s', async (date) => {
    const text = FORMATS.camt053.write(day([])).replaceAll('2026-11-19', date)
    await expect(ingest('a.xml', text)).rejects.toThrow(/expected a day from 2000-01-01|is not a date/)
    expect(await at.lake.manifest.latest()).toMatchObject({ version: 0 })
  })

  test('a line of such a day is rejected', async () => {
    const lines = [line(1), line(2, { bookingDate: '2062-11-19' })]
    expect(await ingest('a.xml', FORMATS.camt053.write(day(lines)))).toMatchObject({
      lines: 1,
      rejected: [{ lineNumber: 2, reason: expect.stringMatching(/booked on 2062-11-19/) as unknown }],
    })
  })
})

test('a line is kept under the day of its booking or a later one, where a night looks for it', async () => {
  await ingest('a.xml', FORMATS.camt053.write(day([line(1, { bookingDate: '2026-11-21' })])))
  const snapshot = await at.lake.manifest.latest()
  expect(filesOf(snapshot, 'statement_lines').map(({ date }) => date)).toEqual(['2026-11-21'])
})

test('files of an earlier version are read with what they do not have as null', async () => {
  const rows = `select 'x' as line_id, 'f' as file_id, 1 as line_number, 'MERIDIAN' as bank_id, 'B-1' as bank_reference,
    'DBIT' as direction, cast(1 as decimal(18, 2)) as amount, 'EUR' as currency, date '2026-11-19' as value_date,
    date '2026-11-19' as booking_date, '' as counterparty, null as reference, 0 as reference_count`
  const old = await at.lake.writeQuery(at.db, 'statements', 'statement_lines', '2026-11-19', rows)
  await at.lake.manifest.commit(() => ({ files: [old] }))
  expect(await references()).toEqual(['B-1'])
  expect(await ingest('a.xml', FORMATS.camt053.write(day([line(1), line(2)])))).toMatchObject({ lines: 1, known: 1 })
  expect(await references()).toEqual(['B-1', 'B-2'])
})
