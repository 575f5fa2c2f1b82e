import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Mapping, NO_MAPPING } from './mapping.ts'
import { type Line, readFileLines } from './read-file.ts'
import { type FileFormat } from './source.ts'
import { surveyFile } from './survey.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'import-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(directory, 'file')
  await writeFile(path, content)
  return path
}

async function read(content: string | Buffer, format: FileFormat = 'csv', mapping: Partial<Mapping> = {}) {
  const path = await fileOf(content)
  const lines: Line[] = []
  for await (const line of readFileLines(path, format, { ...NO_MAPPING, ...mapping })) lines.push(line)
  return lines
}

const transactions = (lines: readonly Line[]) =>
  lines.flatMap((line) => ('transaction' in line ? [line.transaction] : []))
const ids = (lines: readonly Line[]) => transactions(lines).map(({ transactionId }) => transactionId)
const amounts = (lines: readonly Line[]) => transactions(lines).map(({ amountMinor }) => amountMinor)
const outline = (lines: readonly Line[]) =>
  lines.map((line) => ('reason' in line ? [line.number, line.reason] : line.number))

const HEAD = 'customer_id,amount,created_at,merchant_name'

describe('readFileLines', () => {
  it('reads CSV, quoted values and all, and goes on after lines that it cannot read', async () => {
    const text = [
      HEAD,
      'c1,1.00,2026-11-20T10:00:00Z,"Say ""A"", B"',
      'c1,one,2026-11-20T10:00:00Z,A',
      'c1,1.00',
      'c1,1.00,2026-11-20T10:00:00Z,6" pipe',
      '',
      'c1,2.00,2026-11-20T10:00:01Z,"two',
      'lines"',
      'c1,3.00,2026-11-20T10:00:02Z,Z',
    ].join('\r\n')
    const lines = await read(text)
    expect(outline(lines)).toEqual([
      2,
      [3, expect.stringContaining('amount: not an amount')],
      [4, '2 values, where the header names 4 columns'],
      5,
      7,
      9,
    ])
    const names = transactions(lines).map(({ merchant }) => merchant?.name)
    expect(names).toEqual(['Say "A", B', '6" pipe', 'two\nlines', 'Z'])
  })

  it('loses only the line of an open quote', async () => {
    const shops = ['"Ann\'s', 'B', 'C', 'D']
    const text = shops.map((shop, n) => `c${n},${n + 1}.00,2026-11-20T10:00:0${n}Z,${shop}`)
    const lines = await read([HEAD, ...text].join('\n'))
    expect(outline(lines)).toEqual([[2, 'a quote is opened and not closed'], 3, 4, 5])
    expect(lines[0]?.text).toBe(text[0])
  })

  it('reads NDJSON and goes on after lines that it cannot read', async () => {
    const line = JSON.stringify({ customer_id: 1, amount: 12.5, created_at: '2026-11-20T10:00:00Z' })
    const lines = await read(
      [line, '{"a":', '[1]', '', line, 'null', line.replace('{', '{"amount":1,')].join('\n'),
      'ndjson',
    )
    expect(outline(lines)).toEqual([
      1,
      [2, expect.stringContaining('not JSON')],
      [3, 'not a JSON object'],
      5,
      [6, 'not a JSON object'],
      [7, 'a name occurs twice in the object'],
    ])
    expect(new Set(ids(lines)).size).toBe(2)
  })

  it('keeps ids of 64 bits apart', async () => {
    const line = (id: string, customer: string) =>
      `{"transaction_id":${id},"customer_id":${customer},"amount":10.00,"created_at":"2026-11-20T10:00:00Z"}`
    const lines = await read(
      [
        line('1795168800000000001', '4000000000000000001'),
        line('1795168800000000002', '4000000000000000002'),
        line('18446744073709551615', '12345678901234567890'),
        line('18446744073709551614', '12345678901234567891'),
      ].join('\n'),
      'ndjson',
    )
    expect(new Set(ids(lines)).size).toBe(4)
    expect(new Set(transactions(lines).map(({ customerId }) => customerId)).size).toBe(4)
  })

  it('refuses a line that is too long, in either format, and goes on', async () => {
    const good = `c1,1.00,2026-11-20T10:00:00Z,${'x'.repeat(2_000_000)}`
    expect(outline(await read(`${HEAD}\n${good}\nc1,1.00,2026-11-20T10:00:00Z,A`))).toEqual([
      [2, expect.stringContaining('longer than')],
      3,
    ])
    const json = JSON.stringify({ customer_id: 'c1', amount: '1', created_at: '2026-11-20T10:00:00Z' })
    expect(outline(await read(`{"x":"${'x'.repeat(2_000_000)}"}\n${json}`, 'ndjson'))).toEqual([
      [1, expect.stringContaining('longer than')],
      2,
    ])
  })
})

describe('one file in many forms', () => {
  const rows = [
    ['c1', '36.00000', '2026-11-20T10:00:00Z', 'Müller & Söhne'],
    ['c2', '1064.50', '2026-11-20 12:00:01+02', 'Café "Ž"'],
    ['c2', '1064.50', '2026-11-20 10:00:01.000000+00', 'Café "Ž"'],
    ['c3', '-1', '2026-11-20T10:00:02Z', 'x'],
    ['c4', '5', '2026-11-20T10:00:03', 'x'],
    ['', '5', '2026-11-20T10:00:03Z', 'x'],
    ['c5', '1.0055', '2026-11-20T10:00:03Z', 'x'],
    ['4.00000E+18', '5', '2026-11-20T10:00:03Z', 'x'],
    ['c6', '7', '2026-11-20T10:00:03Z', ''],
  ] as const
  const names = HEAD.split(',')
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const csv = (delimiter = ',', end = '\n') =>
    [names, ...rows.map((row) => row.map(quoted))].map((row) => row.join(delimiter) + end).join('')
  const ndjson = (value: (name: string, text: string) => string) =>
    rows.map((row) => `{${names.map((name, n) => `"${name}":${value(name, row[n] ?? '')}`).join(',')}}`).join('\n')
  const asText = (_: string, text: string) => JSON.stringify(text)
  const asNumber = (name: string, text: string) => (name === 'amount' ? text : JSON.stringify(text))

  /** What was taken, and for the others why not. */
  const taken = (lines: readonly Line[]) => lines.map((line) => ('reason' in line ? line.reason : line.transaction))

  it('gives the same transactions and refuses the same lines', async () => {
    const expected = taken(await read(csv()))
    expect(expected.map((line) => (typeof line === 'string' ? line.split(' ')[0] : line.amountMinor))).toEqual([
      ...[36_00, 1064_50, 1064_50],
      ...['amount', 'created_at', 'customer_id', 'amount:', 'customer_id'],
      7_00,
    ])
    const forms: [string | Buffer, FileFormat?][] = [
      [csv(';', '\r\n')],
      [csv('\t', '\r')],
      [csv('|')],
      [`\uFEFF${csv()}`],
      [`sep=;\r\n${csv(';', '\r\n')}`],
      [Buffer.from(`\uFEFF${csv()}`, 'utf16le')],
      [csv().replaceAll('\n', '\n\n\n')],
      [ndjson(asText), 'ndjson'],
      [ndjson(asNumber), 'ndjson'],
      [`\uFEFF${ndjson(asText)}\r\n\r\n`, 'ndjson'],
      [Buffer.from(`\uFEFF${ndjson(asText)}`, 'utf16le'), 'ndjson'],
    ]
    for (const [content, format] of forms) expect(taken(await read(content, format))).toEqual(expected)
  })

  it('reads a location as the API takes it', async () => {
    const location = { country: 'DE', city: 'Köln', lat: 50.9, lon: 6.9 }
    const body = { customer_id: 'c', amount: '1.00', created_at: '2026-11-20T10:00:00Z', location }
    const [transaction] = transactions(await read(JSON.stringify(body), 'ndjson'))
    expect(transaction?.location).toEqual(location)
  })
})

describe('lines without an id', () => {
  const january = ['c1,20.00,2026-11-19T10:00:00Z,A', 'c1,10.00,2026-11-18T10:00:00Z,A']
  const newest = ['c1,30.00,2026-11-20T10:00:00Z,A', 'c1,20.00,2026-11-19T10:00:00Z,A']

  it('have the same ids in next month’s export, newest first', async () => {
    const before = ids(await read([HEAD, ...january].join('\n')))
    const after = ids(await read([HEAD, ...newest, ...january].join('\n')))
    expect(after).toHaveLength(4)
    expect(new Set(after).size).toBe(4)
    expect(after).toEqual(expect.arrayContaining(before))
  })

  it('are told apart by which comes first', async () => {
    const line = 'c1,1.00,2026-11-20T10:00:00Z,A'
    const twice = ids(await read([HEAD, line, ...january, line].join('\n')))
    expect(new Set(twice).size).toBe(4)
    expect(ids(await read([HEAD, line, line].join('\n')))).toEqual([twice[0], twice[3]])
  })
})

describe('surveyFile', () => {
  it('refuses a file without the columns of the mapping, before its first line', async () => {
    const columns = { customer_id: 'client', amount: 'amt', currency: 'currency_code', created_at: 'ts' }
    const missing = 'currency: the file has no column "currency_code": it has client, amt, ccy, ts'
    await expect(read('client,amt,ccy,ts\n', 'csv', { columns })).rejects.toThrow(missing)
    const json = '{"client":"c1","amt":"1","ccy":"EUR","ts":"2026-11-20T10:00:00Z"}'
    await expect(read(`${json}\n${json}`, 'ndjson', { columns })).rejects.toThrow(missing)
  })

  it('takes a name that only some lines of NDJSON have', async () => {
    const line = (more: string) => `{"customer_id":"c1","amount":"1","created_at":"2026-11-20T10:00:00Z"${more}}`
    const lines = await read([line(''), line(',"currency":"EUR"')].join('\n'), 'ndjson')
    expect(transactions(lines).map(({ currency }) => currency)).toEqual(['USD', 'EUR'])
  })

  it('refuses what has two columns of one name', async () => {
    const columns = { created_at: 'Timestamp', customer_id: 'Account', to_account_id: 'Account', amount: 'Paid' }
    const text = 'Timestamp,Account,Account,Paid\n2026-11-20T10:00:00Z,a,b,1\n'
    await expect(read(text, 'csv', { columns })).rejects.toThrow('2 columns are called "Account"')
    const clear = { ...columns, to_account_id: 'Account.1' }
    const [transaction] = transactions(
      await read(text, 'csv', { columns: clear, constants: { transaction_type: 'TRANSFER' } }),
    )
    expect(transaction?.accountId).not.toBe(transaction?.toAccountId)
    await expect(read('customer_id,amount,amount,created_at\n')).rejects.toThrow('2 columns are called "amount"')
  })

  it('says which columns are not read', async () => {
    const path = await fileOf('customer_id,amount,,created_at,currancy\nc1,1,,2026-11-20T10:00:00Z,EUR\n')
    expect((await surveyFile(path, 'csv', NO_MAPPING)).unread).toEqual(['#3', 'currancy'])
  })

  it('reads a header further down', async () => {
    const text = 'Account 17\n"Period: ""November"""\n\ncustomer_id;amount;created_at\nc1;1,50;2026-11-20T10:00:00Z\n'
    const lines = await read(text, 'csv', { header_line: 4 })
    expect(amounts(lines)).toEqual([1_50])
    expect(outline(lines)).toEqual([5])
  })

  it('reads decimals as the whole file writes them', async () => {
    const file = (...texts: string[]) =>
      ['customer_id;amount;created_at', ...texts.map((text) => `c;${text};2026-11-20T10:00:00Z`)].join('\n')
    expect(amounts(await read(file('36.000', '12,50')))).toEqual([36_000_00, 12_50])
    expect(amounts(await read(file('36.000', '12.50')))).toEqual([36_00, 12_50])
    expect(amounts(await read(file('1,234', '12.50')))).toEqual([1_234_00, 12_50])
    expect(outline(await read(file('1,234', '12')))[0]).toEqual([2, expect.stringContaining('two ways')])
    expect(amounts(await read(file('1,234', '12'), 'csv', { decimal: '.' }))).toEqual([1_234_00, 12_00])
    const mixed = await read(file('12,50', '12.50', '36.000', '7'))
    expect(amounts(mixed)).toEqual([12_50, 12_50, 7_00])
    expect(outline(mixed)[2]).toEqual([4, expect.stringContaining('two ways')])
  })

  it('counts each line once, whether it is taken or not', async () => {
    const text = `${HEAD}\nc1,1,2026-11-20T10:00:00Z,A\nbroken\n\nc1,x,2026-11-20T10:00:00Z,"a\nb"\nc1,1,never,\n`
    const { lines } = await surveyFile(await fileOf(text), 'csv', NO_MAPPING)
    expect(lines).toBe(4)
    expect(await read(text)).toHaveLength(4)
  })

  it('says when a file has no header', async () => {
    await expect(read('')).rejects.toThrow('has no line that names columns')
    await expect(read('sep=;\n\n')).rejects.toThrow('has no line that names columns')
    await expect(read('"customer_id,amount\nx')).rejects.toThrow('line 1 of')
    expect(await read('', 'ndjson')).toEqual([])
  })
})
