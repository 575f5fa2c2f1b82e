import { join } from 'node:path'
import { formatInstant } from '@fintech-streams/contracts'
import { describe, expect, it } from 'vitest'
import { idOf } from './ids.ts'
import { readMapping } from './mapping.ts'
import { type ImportedTransaction } from './parse.ts'
import { readFileLines } from './read-file.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

/** The ten lines of an example, none of them refused. */
async function read(name: string): Promise<ImportedTransaction[]> {
  const mapping = await readMapping(join(EXAMPLES, name, 'mapping.json'))
  const found: ImportedTransaction[] = []
  for await (const line of readFileLines(join(EXAMPLES, name, 'sample.csv'), 'csv', mapping)) {
    if ('reason' in line) throw new Error(`${name}, line ${line.number}: ${line.reason}`)
    found.push(line.transaction)
  }
  expect(found).toHaveLength(10)
  expect(new Set(found.map(({ transactionId }) => transactionId)).size).toBe(10)
  return found
}

const money = (found: readonly ImportedTransaction[]) =>
  found.map(({ type, amountMinor, currency }) => `${type} ${amountMinor} ${currency}`)
const times = (found: readonly ImportedTransaction[]) => found.map(({ atMs }) => formatInstant(atMs))

describe('examples', () => {
  it('reads PaySim', async () => {
    const found = await read('paysim')
    expect(money(found)).toEqual([
      'PAYMENT 81240 USD',
      'DEPOSIT 15000000 USD',
      'WITHDRAWAL 6605 USD',
      'TRANSFER 18100 USD',
      'WITHDRAWAL 18100 USD',
      'PAYMENT 999 USD',
      'TRANSFER 1000000000 USD',
      'WITHDRAWAL 50 USD',
      'PAYMENT 10000000 USD',
      'TRANSFER 6341699 USD',
    ])
    expect([times(found)[0], times(found)[9]]).toEqual(['2026-01-01T01:00:00.000Z', '2026-01-31T23:00:00.000Z'])
    // Who receives here is who pays in the next line.
    expect(found[3]?.toAccountId).toBe(found[4]?.accountId)
    expect(found.map(({ merchant }) => merchant?.name)).toEqual([
      ...['M2000000001', undefined, undefined, undefined, undefined],
      ...['M2000000002', undefined, undefined, 'M2000000001', undefined],
    ])
    expect(found.filter(({ typology }) => typology === 'ACCOUNT_TAKEOVER')).toHaveLength(3)
  })

  it('reads IBM’s transactions for anti money laundering, with their two columns of one name', async () => {
    const found = await read('ibm-aml')
    expect(money(found)).toEqual([
      'TRANSFER 369734 USD',
      'TRANSFER 1 USD',
      'WIRE_TRANSFER 106400 EUR',
      'TRANSFER 1467557 USD',
      'TRANSFER 280697 USD',
      'TRANSFER 6030 EUR',
      'TRANSFER 9000000 JPY',
      'TRANSFER 150050 CNY',
      'TRANSFER 7777 USD',
      'WIRE_TRANSFER 1200 CHF',
    ])
    expect(times(found).slice(1, 3)).toEqual(['2022-09-01T00:20:00.000Z', '2022-09-01T00:21:00.000Z'])
    expect(found.map(({ accountId, toAccountId }) => accountId === toAccountId)).toEqual([
      ...[true, false, false, false, false],
      ...[false, false, false, false, false],
    ])
    expect(found[8]).toMatchObject({ accountId: found[0]?.accountId, toAccountId: found[1]?.accountId })
    expect(found.map(({ typology }) => typology).filter(Boolean)).toEqual(['MONEY_LAUNDERING', 'MONEY_LAUNDERING'])
  })

  it('reads Sparkov, with every digit of its card numbers', async () => {
    const found = await read('sparkov')
    expect(money(found).slice(0, 4)).toEqual([
      'PURCHASE 497 USD',
      'PURCHASE 10723 USD',
      'PURCHASE 22011 USD',
      'PURCHASE 4500 USD',
    ])
    expect(new Set(found.map(({ customerId }) => customerId)).size).toBe(5)
    expect(found[0]).toMatchObject({
      customerReference: '4000000000000000001',
      customerPlace: { country: 'US', city: 'Ashville' },
      merchant: { name: 'fraud_Able, Baker and Sons', category: 'OTHER' },
      channel: 'WEB',
      location: { country: 'US', lat: 36.011293, lon: -82.048315 },
    })
    expect(times(found).at(-1)).toBe('2020-12-31T23:59:34.000Z')
    expect(found.map(({ typology }) => typology).filter(Boolean)).toEqual(['STOLEN_CARD', 'STOLEN_CARD'])
  })

  it('reads the data of the fraud detection handbook', async () => {
    const found = await read('fraud-handbook')
    expect(found.map(({ amountMinor }) => amountMinor)).toEqual([
      ...[57_16, 81_51, 146_00, 64_49, 50_99],
      ...[226_40, 12_05, 499_95, 0, 33_30],
    ])
    expect(found[0]?.transactionId).toBe(idOf('transaction', '0', 'fraud-handbook'))
    expect(found[0]?.transactionId).not.toBe(idOf('transaction', '0'))
    expect(found[1]?.merchant?.name).toBe('3412')
    expect(found.map(({ typology }) => typology).filter(Boolean)).toEqual([
      ...['HIGH_AMOUNT', 'COMPROMISED_TERMINAL', 'STOLEN_CARD_DATA'],
    ])
    expect(times(found)[5]).toBe('2018-04-01T10:17:43.000Z')
  })

  it('reads an account of a German savings bank, as Windows writes it', async () => {
    const found = await read('sparkasse')
    expect(money(found)).toEqual([
      'PAYMENT 8400 EUR',
      'DEPOSIT 284517 EUR',
      'PAYMENT 640 EUR',
      'PAYMENT 640 EUR',
      'PAYMENT 20000 EUR',
      'PAYMENT 115000 EUR',
      'DEPOSIT 3600 EUR',
      'PAYMENT 1250 EUR',
      'PAYMENT 495 EUR',
      'PAYMENT 1234567 EUR',
    ])
    expect(found.map(({ merchant }) => merchant?.name)).toEqual([
      ...['Stadtwerke Köln', undefined, 'Bäckerei Weiß', 'Bäckerei Weiß', 'Sparkasse Köln'],
      ...['Groß Immobilien', undefined, 'Sportverein Grün-Weiß e.V.', undefined, 'Fußboden Özdemir'],
    ])
    expect(found[0]).toMatchObject({ status: 'PENDING', customerPlace: { country: 'DE' } })
    expect([times(found)[0], times(found)[9]]).toEqual(['2026-10-30T00:00:00.000Z', '2026-10-01T00:00:00.000Z'])
  })

  it('reads an account of Revolut', async () => {
    const found = await read('revolut')
    expect(money(found)).toEqual([
      'DEPOSIT 20000 EUR',
      'PURCHASE 2340 EUR',
      'PURCHASE 2340 EUR',
      'WITHDRAWAL 5000 EUR',
      'PAYMENT 3000 EUR',
      'DEPOSIT 1550 EUR',
      'REFUND 2340 EUR',
      'PURCHASE 9990 EUR',
      'PURCHASE 1200 EUR',
      'PAYMENT 799 EUR',
    ])
    expect(found.map(({ status }) => status).slice(6)).toEqual(['COMPLETED', 'PENDING', 'FAILED', 'COMPLETED'])
    expect(found[3]?.merchant).toBeUndefined()
    expect(times(found)[3]).toBe('2026-09-04T17:30:10.000Z')
  })
})
