import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Fields, fieldsOf, NO_MAPPING, readMapping } from './mapping.ts'
import { idOf, parseFields, timeOf } from './parse.ts'
import { type FileFormat, type Line, readFileLines } from './read-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'import-'))
})
afterEach(() => rm(directory, { recursive: true }))

const good: Fields = { customer_id: 'c1', amount: '12.50', created_at: '2026-11-20T10:00:00Z' }
const parse = (fields: Fields) => parseFields(fields, 'line 1', 'iso')

async function readLines(text: string, format: FileFormat, mapping = NO_MAPPING): Promise<Line[]> {
  const path = join(directory, `file.${format}`)
  await writeFile(path, text)
  const lines: Line[] = []
  for await (const line of readFileLines(path, format, mapping)) lines.push(line)
  return lines
}

const reasons = (lines: Line[]) => lines.map((line) => ('reason' in line ? [line.number, line.reason] : line.number))

describe('parseFields', () => {
  it('needs a customer, an amount and a time, and takes the rest as ordinary', () => {
    expect(parse(good)).toMatchObject({
      customerId: idOf('customer', 'c1'),
      type: 'PURCHASE',
      status: 'COMPLETED',
      currency: 'USD',
      amountMinor: 12_50,
      feeMinor: 0,
      tier: 'BASIC',
      atMs: Date.parse('2026-11-20T10:00:00Z'),
      merchant: undefined,
      location: undefined,
    })
    for (const name of ['customer_id', 'amount', 'created_at'] as const) {
      const { [name]: _, ...rest } = good
      expect(() => parse(rest)).toThrow(`${name} is missing`)
    }
  })

  it.each([
    [{ amount: '-1' }, 'amount is -1, below zero'],
    [{ amount: '1.005' }, 'not an amount of money'],
    [{ amount: '1e3' }, 'not an amount of money'],
    [{ amount: '99999999999999999.00' }, 'not an amount of money'],
    [{ created_at: '2026-11-20 10:00:00' }, 'expected a time with its zone'],
    [{ created_at: '2026-02-30T10:00:00Z' }, 'not a UTC time'],
    [{ created_at: '1969-12-31T23:59:59Z' }, 'expected a time since 1970'],
    [{ transaction_type: 'BUY' }, 'transaction_type is "BUY"'],
    [{ transaction_type: 'TRANSFER' }, 'a TRANSFER needs a to_account_id'],
    [{ to_account_id: 'a' }, 'a PURCHASE has no to_account_id'],
    [{ original_transaction_id: 'a' }, 'a PURCHASE has no original_transaction_id'],
    [{ status: 'DONE' }, 'status is "DONE"'],
    [{ channel: 'FAX' }, 'channel is "FAX"'],
    [{ currency: 'usd' }, 'currency is "usd"'],
    [{ fx_rate: '0' }, 'fx_rate is 0'],
    [{ fx_rate: '-1' }, 'fx_rate is "-1"'],
    [{ country: 'USA' }, '"USA" is no country'],
    [{ country: 'US', lat: '91' }, 'lat is "91"'],
    [{ ip_address: '1.2.3' }, 'no IP address'],
    [{ ip_address: 'fe80::1%eth0' }, 'no IP address'],
    [{ merchant_id: 'm', mcc: '12' }, 'mcc is "12"'],
    [{ risk_score: '101' }, 'risk_score is "101"'],
    [{ device_fingerprint: 'a\0b' }, 'device_fingerprint contains a zero byte'],
  ])('refuses %j', (fields, reason) => {
    expect(() => parse({ ...good, ...fields })).toThrow(reason)
  })

  it('keeps a UUID and gives any other id always the same one, another for each kind', () => {
    const uuid = '123E4567-E89B-12D3-A456-426614174000'
    expect(idOf('customer', uuid)).toBe(uuid.toLowerCase())
    expect(idOf('customer', '17')).toBe(idOf('customer', '17'))
    expect(idOf('customer', '17')).not.toBe(idOf('account', '17'))
    expect(idOf('customer', '17')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parse({ ...good, customer_id: uuid }).accountId).not.toBe(uuid.toLowerCase())
  })

  it('makes an id of a line that has none, from its place and its text', () => {
    const idAt = (identity: string) => parseFields(good, identity, 'iso').transactionId
    expect(idAt('1 a')).toBe(idAt('1 a'))
    expect(idAt('1 a')).not.toBe(idAt('2 a'))
  })

  it('finds a merchant’s category by its code and its code by its category', () => {
    expect(parse({ ...good, merchant_name: 'Shop', mcc: '5411' }).merchant).toMatchObject({ category: 'GROCERY' })
    expect(parse({ ...good, merchant_category: 'FUEL' }).merchant).toMatchObject({ name: 'FUEL', mcc: '5541' })
    expect(parse({ ...good, merchant_id: 'm1' }).merchant).toMatchObject({ category: 'OTHER', mcc: '0000' })
  })

  it('knows where a known city lies', () => {
    expect(parse({ ...good, country: 'DE', city: 'Berlin' }).location).toMatchObject({ lat: 52.52, lon: 13.405 })
    expect(parse({ ...good, country: 'DE', city: 'Bonn' }).location).toMatchObject({ lat: null, lon: null })
    expect(parse({ ...good, country: 'DE' }).location).toMatchObject({ country: 'DE', city: null })
  })
})

describe('timeOf', () => {
  const at = Date.parse('2026-11-20T10:00:00Z')
  it.each([
    ['2026-11-20T10:00:00Z', 'iso', at],
    ['2026-11-20T12:00:00.5+02:00', 'iso', at + 500],
    ['2026-11-20 04:30:00-05:30', 'iso', at],
    ['2026-11-20 10:00:00', 'utc', at],
    ['2026-11-20T10:00', 'utc', at],
    ['2026-11-20', 'utc', at - 10 * 3_600_000],
    [String(at / 1000), 'epoch_s', at],
    [String(at), 'epoch_ms', at],
  ] as const)('reads %s as %s', (text, format, expected) => {
    expect(timeOf(text, format)).toBe(expected)
  })

  it.each([
    ['yesterday', 'epoch_s'],
    ['-5', 'epoch_ms'],
    ['2026-11-20T10:00:00', 'iso'],
    ['20.11.2026', 'utc'],
  ] as const)('refuses %s as %s', (text, format) => {
    expect(() => timeOf(text, format)).toThrow('expected')
  })
})

describe('fieldsOf', () => {
  it('renames columns and values and fills in constants', () => {
    const mapping = {
      ...NO_MAPPING,
      columns: { customer_id: 'Kunde', transaction_type: 'Art' } as const,
      constants: { currency: 'EUR', channel: 'WEB' } as const,
      values: { transaction_type: { Kauf: 'PURCHASE' } } as const,
    }
    const fields = fieldsOf({ Kunde: ' 17 ', Art: 'Kauf', currency: 'USD', amount: '1' }, mapping)
    expect(fields).toEqual({ customer_id: '17', transaction_type: 'PURCHASE', currency: 'EUR', channel: 'WEB' })
  })

  it('reads numbers of JSON, and an empty value as none', () => {
    const record = { amount: 12.5, status: '', city: '  ', customer_id: 7, country: null }
    expect(fieldsOf(record, NO_MAPPING)).toEqual({ amount: '12.5', customer_id: '7' })
  })
})

describe('readMapping', () => {
  const write = async (text: string): Promise<string> => {
    const path = join(directory, 'mapping.json')
    await writeFile(path, text)
    return path
  }

  it('reads what a file says', async () => {
    const path = await write('{"columns": {"amount": "Amt"}, "time": "epoch_s"}')
    expect(await readMapping(path)).toMatchObject({ columns: { amount: 'Amt' }, time: 'epoch_s', delimiter: ',' })
  })

  it.each([
    ['{', 'is wrong'],
    ['{"columns": {"amout": "Amt"}}', 'columns'],
    ['{"colums": {}}', 'colums'],
    ['{"time": "local"}', 'time'],
  ])('refuses %s with the place of what is wrong', async (text, reason) => {
    await expect(readMapping(await write(text))).rejects.toThrow(reason)
  })

  it('says when there is none', async () => {
    await expect(readMapping(join(directory, 'none.json'))).rejects.toThrow('cannot read the mapping file')
  })
})

describe('readFileLines', () => {
  const head = 'customer_id,amount,created_at,merchant_name'

  it('reads CSV, quoted values and all, and goes on after lines that it cannot read', async () => {
    const text = [
      head,
      'c1,1.00,2026-11-20T10:00:00Z,"Say ""A"", B"',
      'c1,one,2026-11-20T10:00:00Z,A',
      'c1,1.00',
      'c1,1.00,2026-11-20T10:00:00Z,6" pipe',
      '',
      'c1,2.00,2026-11-20T10:00:01Z,"two',
      'lines"',
      'c1,3.00,2026-11-20T10:00:02Z,Z',
    ].join('\r\n')
    const lines = await readLines(text, 'csv')
    expect(reasons(lines)).toEqual([
      2,
      [3, expect.stringContaining('amount')],
      [4, expect.stringContaining('Record Length')],
      5,
      8,
      9,
    ])
    const names = lines.flatMap((line) => ('transaction' in line ? [line.transaction.merchant?.name] : []))
    expect(names).toEqual(['Say "A", B', '6" pipe', 'two\nlines', 'Z'])
  })

  it('reads a file with a byte order mark and another delimiter', async () => {
    const text = '\uFEFFcustomer_id;amount;created_at\nc1;1.00;2026-11-20T10:00:00Z\n'
    const lines = await readLines(text, 'csv', { ...NO_MAPPING, delimiter: ';' })
    expect(reasons(lines)).toEqual([2])
  })

  it('reads NDJSON and goes on after lines that it cannot read', async () => {
    const line = JSON.stringify({ customer_id: 1, amount: 12.5, created_at: '2026-11-20T10:00:00Z' })
    const lines = await readLines([line, '{"a":', '[1]', '', line, 'null'].join('\n'), 'ndjson')
    expect(reasons(lines)).toEqual([
      1,
      [2, expect.stringContaining('not JSON')],
      [3, 'not a JSON object'],
      5,
      [6, 'not a JSON object'],
    ])
    const ids = lines.flatMap((read) => ('transaction' in read ? [read.transaction.transactionId] : []))
    expect(new Set(ids).size).toBe(2)
  })

  it('gives every line the same id each time', async () => {
    const text = `${head}\nc1,1.00,2026-11-20T10:00:00Z,A\nc1,1.00,2026-11-20T10:00:00Z,A\n`
    const ids = async () =>
      (await readLines(text, 'csv')).map((line) => ('transaction' in line ? line.transaction.transactionId : ''))
    const first = await ids()
    expect(await ids()).toEqual(first)
    expect(new Set(first).size).toBe(2)
  })
})
