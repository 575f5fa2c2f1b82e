import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { columnsRead, fieldsOf, Header } from './columns.ts'
import { type Mapping, NO_MAPPING, readMapping } from './mapping.ts'

describe('readMapping', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mapping-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const read = async (text: string): Promise<Mapping> => {
    const path = join(directory, 'mapping.json')
    await writeFile(path, text)
    return readMapping(path)
  }

  it('reads what a file says', async () => {
    expect(await read('\uFEFF{"columns": {"amount": "Amt"}, "time": "epoch_s"}')).toEqual({
      ...NO_MAPPING,
      columns: { amount: 'Amt' },
      time: 'epoch_s',
    })
    const steps = await read('{"time": "step_h", "start": "2026-01-01T00:00:00Z"}')
    expect(steps.start).toBe(Date.UTC(2026, 0, 1))
  })

  it.each([
    ['{', 'is wrong'],
    ['{"columns": {"amout": "Amt"}}', 'columns'],
    ['{"colums": {}}', 'colums'],
    ['{"time": "local"}', 'time: expected iso'],
    ['{"time": "step_h"}', 'start: steps need'],
    ['{"time": "step_h", "start": "yesterday"}', 'start'],
    ['{"decimal": ";"}', 'decimal'],
    ['{"encoding": "ebcdic"}', 'encoding'],
    ['{"delimiter": ";;"}', 'delimiter'],
    ['{"header_line": 0}', 'header_line'],
    ['{"only_for": {"merchant_id": ["SALE"]}}', 'only_for'],
    ['{"type_by_sign": {"negative": "PAYMENT"}}', 'type_by_sign'],
  ])('refuses %s with the place of what is wrong', async (text, reason) => {
    await expect(read(text)).rejects.toThrow(reason)
  })

  it('says when there is none', async () => {
    await expect(readMapping(join(directory, 'none.json'))).rejects.toThrow('cannot read the mapping file')
  })
})

describe('Header', () => {
  const names = (...given: string[]) => new Header(given).names

  it('gives each column a name, repeated and missing ones included', () => {
    expect(names(' Time ', 'Account', '', 'Account', 'Account')).toEqual([
      'Time',
      'Account',
      '#3',
      'Account.1',
      'Account.2',
    ])
    expect(names('a', 'a', 'a.1')).toEqual(['a', 'a.2', 'a.1'])
  })

  it('finds a column by its name and by its place', () => {
    const header = new Header(['a', '', 'a', '#1'])
    expect(['a', '#2', 'a.1', '#3', '#1', 'b', 'constructor'].map((name) => header.placeOf(name))).toEqual([
      ...[0, 1, 2, 2, 3],
      ...[undefined, undefined],
    ])
  })

  it('refuses a repeated name unless the mapping shows that it knows', () => {
    const header = new Header(['Account', 'To', 'Account'])
    expect(() => header.requireClear({ account_id: 'Account' })).toThrow('2 columns are called "Account"')
    expect(() => header.requireClear({ account_id: 'Account' })).toThrow('#1 or #3')
    expect(() => header.requireClear({ account_id: 'Account', to_account_id: 'Account.1' })).not.toThrow()
    expect(() => header.requireClear({ account_id: '#1' })).not.toThrow()
    expect(() => header.requireClear({ account_id: 'To' })).not.toThrow()
  })
})

describe('columnsRead', () => {
  const read = (names: string[], mapping: Partial<Mapping> = {}) =>
    columnsRead({ ...NO_MAPPING, ...mapping }, (name) => names.includes(name), names)

  it('finds a file’s own names, and a location’s parts', () => {
    expect(read(['amount', 'created_at', 'customer_id', 'location.city', 'note'])).toEqual({
      amount: 'amount',
      created_at: 'created_at',
      customer_id: 'customer_id',
      city: 'location.city',
    })
  })

  it('names the columns that are there when one is not', () => {
    const columns = { customer_id: 'client', amount: 'amt', currency: 'currency_code', created_at: 'ts' }
    expect(() => read(['client', 'amt', 'ccy', 'ts'], { columns })).toThrow(
      'currency: the file has no column "currency_code": it has client, amt, ccy, ts',
    )
  })

  it('asks for what each line needs, from a column or as a constant', () => {
    expect(() => read(['amount', 'created_at'])).toThrow('no column for customer_id: it has amount, created_at')
    expect(() => read(['amount', 'created_at'], { constants: { customer_id: 'me' } })).not.toThrow()
    expect(() => read([], { columns: {} })).toThrow('no column for created_at: it has none')
  })
})

describe('fieldsOf', () => {
  const fields = (record: Record<string, string>, mapping: Partial<Mapping>) => {
    const whole = { ...NO_MAPPING, ...mapping }
    return fieldsOf((column) => record[column], whole.columns ?? {}, whole)
  }

  it('renames columns and values and fills in constants', () => {
    const mapping = {
      columns: { customer_id: 'Kunde', transaction_type: 'Art', channel: 'Weg' },
      constants: { currency: 'EUR', channel: 'WEB' },
      values: { transaction_type: { Kauf: 'PURCHASE' }, channel: { '?': '' } },
    }
    const read = (record: Record<string, string>) => fields(record, mapping)
    expect(read({ Kunde: ' 17 ', Art: 'Kauf', Weg: '', currency: 'USD' })).toEqual({
      customer_id: '17',
      transaction_type: 'PURCHASE',
      currency: 'EUR',
      channel: 'WEB',
    })
    expect(read({ Weg: 'ATM' })).toMatchObject({ channel: 'ATM' })
    expect(read({ Weg: '?' })).toMatchObject({ channel: 'WEB' })
  })

  it('takes no value from the language itself', () => {
    const mapping = { columns: { merchant_name: 'shop' }, values: { merchant_name: { x: 'y' } } }
    expect(fields({ shop: 'constructor' }, mapping)).toEqual({ merchant_name: 'constructor' })
  })

  it('makes texts storable', () => {
    expect(fields({ shop: 'a\ud800b' }, { columns: { merchant_name: 'shop' } })).toEqual({ merchant_name: 'a\ufffdb' })
  })
})
