import { MalformedRecord, type Transaction, transactionDecoder } from '@fintech-streams/contracts'
import { expect, test } from 'vitest'
import { mutate, MUTATIONS } from '../mutations.ts'
import { Random } from '../random.ts'
import { record } from '../rows.ts'
import { TransactionStream } from '../stream.ts'
import { decode } from './decode.ts'
import { type OracleTransaction } from './source.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const ROUNDS = 4_000

const decodeTransaction = transactionDecoder()

/** What the platform's decoder makes of a record, in the terms of this recomputation; a text says how they differ. */
function difference(value: Buffer): string | undefined {
  const source = record(0, value)
  const ours = decode(source)
  try {
    const theirs = decodeTransaction(source)
    if (typeof theirs === 'string') {
      return ours.kind === 'ignored' && ours.change === theirs ? undefined : `${theirs} instead of ${ours.kind}`
    }
    if (ours.kind !== 'transaction') return `a transaction instead of ${ours.kind}`
    const [a, b] = [JSON.stringify(plain(ours.transaction)), JSON.stringify(renamed(theirs))]
    return a === b ? undefined : `${b} instead of ${a}`
  } catch (error) {
    if (!(error instanceof MalformedRecord)) throw error
    const expected = ours.kind === 'malformed' ? [...ours.reasons] : []
    return expected.includes(error.reason) ? undefined : `${error.message} instead of ${ours.kind} ${expected.join()}`
  }
}

const plain = (t: OracleTransaction) => ({ ...t, amountMinor: Number(t.amountMinor), feeMinor: Number(t.feeMinor) })

const renamed = (t: Transaction): ReturnType<typeof plain> => ({
  transactionId: t.transactionId,
  customerId: t.customerId,
  accountId: t.accountId ?? null,
  merchantId: t.merchantId ?? null,
  category: t.merchantCategory ?? null,
  type: t.type,
  status: t.status,
  riskLevel: t.riskLevel,
  amountMinor: t.amountUsdMinor,
  feeMinor: t.feeMinor,
  currency: t.currency ?? null,
  channel: t.channel ?? null,
  country: t.country ?? null,
  city: t.city ?? null,
  device: t.deviceFingerprint ?? null,
  isCrossBorder: t.isCrossBorder,
  flags: t.complianceFlags,
  eventTimeMs: t.eventTimeMs,
  changedAtMs: t.changedAtMs,
})

const stream = new TransactionStream({ seed: SEED, transactions: 0, customers: 60, startMs: Date.UTC(2026, 0, 5, 3) })
const random = new Random(SEED)

/** Other spellings of the same row, and texts that are nearly JSON. */
const SPELLINGS: Readonly<Record<string, (row: Record<string, unknown>) => string | Buffer>> = {
  'the row itself': (row) => JSON.stringify(row),
  'white space': (row) => JSON.stringify(row, null, random.pick([1, 2, '\t', '\r\n'])),
  'members in another order': (row) => JSON.stringify(Object.fromEntries(Object.entries(row).reverse())),
  'escaped characters': (row) =>
    JSON.stringify(row).replace(/[a-zA-Z]/g, (letter) =>
      random.chance(0.05) ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
    ),
  'a member twice': (row) => {
    const [name, other] = [random.pick(Object.keys(row)), random.pick(Object.keys(row))]
    return JSON.stringify(row).replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(row[other])}}`)
  },
  'members nested under unknown ones': (row) => JSON.stringify({ before: row, ...row, after: [row, { row }] }),
  'a location that is an object': (row) =>
    JSON.stringify({ ...row, transaction_location: { lat: { country: 'XX' }, city: 'Graz', country: 'AT' } }),
  'a location with members twice': (row) =>
    JSON.stringify({ ...row, transaction_location: '{"country":"AT","country":"DE","city":"A","city":null}' }),
  'a text that is cut': (row) => {
    const text = JSON.stringify(row)
    return text.slice(0, random.whole(text.length))
  },
  'something behind it': (row) => JSON.stringify(row) + random.pick([' ', '\n', 'x', '}', '{}', ',', '\u0000']),
  'something before it': (row) => random.pick([' ', '\n\t', '\ufeff', 'x', '[', '\v']) + JSON.stringify(row),
  'numbers no JSON has': (row) =>
    JSON.stringify(row).replace(
      /"__source_lsn":\d+/,
      `"__source_lsn":${random.pick(['01', '+1', '.5', '1.', 'NaN', '1e', '-', '0x1'])}`,
    ),
  'numbers JSON has': (row) =>
    JSON.stringify(row).replace(
      /"__source_ts_ms":\d+/,
      `"__source_ts_ms":${random.pick(['1e400', '-0', '1E+3', '9e15', '0.1e1', '0.5', '12345678901234567890'])}`,
    ),
  'raw control characters in a text': (row) =>
    JSON.stringify(row).replace('EUR', random.pick(['\n', '\t', '\u001f', '\u007f'])),
  'bad escapes': (row) => JSON.stringify(row).replace('device', random.pick(['\\x', '\\u12', "\\'", '\\U0041', '\\'])),
  'bytes that are no UTF-8': (row) => {
    const bytes = Buffer.from(JSON.stringify(row))
    bytes[random.whole(bytes.length)] = random.pick([0x80, 0xc0, 0xff, 0xed, 0xf8])
    return bytes
  },
  'texts beyond ASCII': (row) =>
    JSON.stringify({ ...row, channel: 'Größe', currency: '€', device_fingerprint: '🔑', merchant_category: 'ไทย' }),
  'flags of all kinds': (row) =>
    JSON.stringify({
      ...row,
      compliance_flags: [random.pick(['A', '', 'Ä', '\\', '"', 1, null, [], {}, ['A']]), 'A', 'A'],
    }),
  'zeros beyond the cent': (row) =>
    JSON.stringify({ ...row, amount_usd: random.pick(['36.00000', '7.1000', '0.000', '12.3450', '1.00000000001']) }),
  'deep nesting': (row) => JSON.stringify(row).replace(/}$/, `,"deep":${'['.repeat(500)}${']'.repeat(500)}}`),
  'unbalanced nesting': (row) => JSON.stringify(row).replace(/}$/, `,"deep":[[{]]}`),
}

test.each(Object.entries(SPELLINGS))(`the platform’s decoder and this one agree on %s (seed ${SEED})`, (_, spell) => {
  for (let round = 0; round < ROUNDS / 20; round += 1) {
    const text = spell(stream.another().row)
    const value = Buffer.isBuffer(text) ? text : Buffer.from(text)
    expect(difference(value), value.toString()).toBeUndefined()
  }
})

test.each(MUTATIONS)(`they agree on %s (seed ${SEED})`, (mutation) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const value = mutate(random, mutation, stream.another().row)
    expect(difference(value), value.toString()).toBeUndefined()
  }
})
