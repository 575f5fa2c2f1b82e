import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import {
  type Channel,
  CHANNELS,
  InstantError,
  MoneyError,
  parseInstant,
  parseMinor,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type TransactionStatus,
  type TransactionType,
} from '@fintech-streams/contracts'
import { type Location, type Merchant, type Tier, TIERS } from '@fintech-streams/ledger'
import { CATEGORIES } from '../model/merchants.ts'
import { knownPlace } from '../model/places.ts'
import { uuidText } from '../random.ts'
import { type Field, type Fields, type TimeFormat } from './mapping.ts'

/** A line that cannot be imported; the message says why. */
export class Reject extends Error {}

/** A line of the file, checked. What is undefined follows from the rest. */
export interface ImportedTransaction {
  transactionId: string
  atMs: number
  /** As the file spells it. */
  customerReference: string
  customerId: string
  /** Of a customer that is not there yet. */
  tier: Tier
  customerPlace: { country: string; city: string } | undefined
  accountId: string
  toAccountId: string | undefined
  merchant: Merchant | undefined
  type: TransactionType
  amountMinor: number
  currency: string
  fxRateE8: number | undefined
  amountUsdMinor: number | undefined
  feeMinor: number
  status: TransactionStatus
  channel: Channel | undefined
  location: Location | undefined
  device: string | undefined
  ip: string | undefined
  riskScore: number | undefined
  originalTransactionId: string | undefined
  typology: string | undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The id itself where it is a UUID; else one that this text of this kind always gets. */
export function idOf(kind: string, text: string): string {
  return UUID.test(text) ? text.toLowerCase() : derivedId(kind, text)
}

function derivedId(kind: string, text: string): string {
  const digest = createHash('sha256').update(`${kind}\n${text}`).digest()
  return uuidText(digest.readUInt32BE(0), digest.readUInt32BE(4), 8, digest.readUInt32BE(8), digest.readUInt32BE(12))
}

/**
 * Checks a line's fields.
 * @param identity stands in for a transaction's id where the line has none: the same line must have the same one.
 * @throws Reject for the first thing that is wrong.
 */
export function parseFields(fields: Fields, identity: string, time: TimeFormat): ImportedTransaction {
  const unstorable = Object.entries(fields).find(([, text]) => text.includes('\0'))
  if (unstorable !== undefined) throw new Reject(`${unstorable[0]} contains a zero byte`)
  const customerReference = required(fields, 'customer_id')
  const customerId = idOf('customer', customerReference)
  const type = oneOf(fields, 'transaction_type', TRANSACTION_TYPES) ?? 'PURCHASE'
  const toAccountId = optionalId(fields, 'to_account_id', 'account')
  const isTransfer = type === 'TRANSFER' || type === 'WIRE_TRANSFER'
  if (isTransfer && toAccountId === undefined) throw new Reject(`a ${type} needs a to_account_id`)
  if (!isTransfer && toAccountId !== undefined) throw new Reject(`a ${type} has no to_account_id`)
  const isReversal = type === 'REFUND' || type === 'CHARGEBACK'
  const originalTransactionId = optionalId(fields, 'original_transaction_id', 'transaction')
  if (!isReversal && originalTransactionId !== undefined) throw new Reject(`a ${type} has no original_transaction_id`)
  const location = locationOf(fields)
  const { customer_country: homeCountry = location?.country, customer_city: homeCity = location?.city } = fields
  return {
    transactionId: idOf('transaction', fields.transaction_id ?? identity),
    atMs: timeOf(required(fields, 'created_at'), time),
    customerReference,
    customerId,
    tier: oneOf(fields, 'customer_tier', TIERS) ?? 'BASIC',
    customerPlace:
      homeCountry === undefined ? undefined : { country: country(homeCountry), city: homeCity ?? 'unknown' },
    accountId: optionalId(fields, 'account_id', 'account') ?? derivedId('account of customer', customerId),
    toAccountId,
    merchant: merchantOf(fields, location),
    type,
    amountMinor: amount(fields, 'amount') ?? missing('amount'),
    currency: matching(fields, 'currency', /^[A-Z]{3}$/, 'a currency such as USD') ?? 'USD',
    fxRateE8: rate(fields),
    amountUsdMinor: amount(fields, 'amount_usd'),
    feeMinor: amount(fields, 'fee_amount') ?? 0,
    status: oneOf(fields, 'status', TRANSACTION_STATUSES) ?? 'COMPLETED',
    channel: oneOf(fields, 'channel', CHANNELS),
    location,
    device: fields.device_fingerprint,
    ip: ipOf(fields.ip_address),
    riskScore: decimal(fields, 'risk_score', 0, 100),
    originalTransactionId,
    typology: fields.typology,
  }
}

function missing(name: Field): never {
  throw new Reject(`${name} is missing`)
}

function required(fields: Fields, name: Field): string {
  return fields[name] ?? missing(name)
}

function optionalId(fields: Fields, name: Field, kind: string): string | undefined {
  const text = fields[name]
  return text === undefined ? undefined : idOf(kind, text)
}

function oneOf<T extends string>(fields: Fields, name: Field, known: readonly T[]): T | undefined {
  const text = fields[name]
  if (text === undefined) return undefined
  const found = known.find((value) => value === text.toUpperCase())
  if (found === undefined) throw new Reject(`${name} is "${text}", expected one of ${known.join(', ')}`)
  return found
}

function matching(fields: Fields, name: Field, pattern: RegExp, expected: string): string | undefined {
  const text = fields[name]
  if (text !== undefined && !pattern.test(text)) throw new Reject(`${name} is "${text}", expected ${expected}`)
  return text
}

function amount(fields: Fields, name: Field): number | undefined {
  const text = fields[name]
  if (text === undefined) return undefined
  try {
    const minor = parseMinor(text)
    if (minor < 0) throw new Reject(`${name} is ${text}, below zero: the type says which way the money goes`)
    // numeric(18,2) holds more than a safe integer, so nothing that parses is too large for the table.
    return minor
  } catch (error) {
    if (error instanceof MoneyError) throw new Reject(`${name}: ${error.message}`)
    throw error
  }
}

function decimal(fields: Fields, name: Field, low: number, high: number): number | undefined {
  const text = fields[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value >= low && value <= high)) throw new Reject(`${name} is "${text}", expected ${low} to ${high}`)
  return Math.round(value * 100) / 100
}

function rate(fields: Fields): number | undefined {
  const text = matching(fields, 'fx_rate', /^\d{1,6}(\.\d{1,8})?$/, 'a rate such as 1.08500000')
  if (text === undefined) return undefined
  const [whole = '', fraction = ''] = text.split('.')
  const rateE8 = Number(whole + fraction.padEnd(8, '0'))
  if (rateE8 === 0) throw new Reject('fx_rate is 0')
  return rateE8
}

function country(text: string): string {
  if (!/^[A-Z]{2}$/.test(text)) throw new Reject(`"${text}" is no country: expected two letters such as US`)
  return text
}

function locationOf(fields: Fields): Location | undefined {
  if (fields.country === undefined) return undefined
  const city = fields.city ?? null
  const known = city === null ? undefined : knownPlace(country(fields.country), city)
  return {
    country: country(fields.country),
    city,
    lat: degrees(fields, 'lat', 90) ?? known?.lat ?? null,
    lon: degrees(fields, 'lon', 180) ?? known?.lon ?? null,
  }
}

function degrees(fields: Fields, name: Field, max: number): number | undefined {
  const text = fields[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(Math.abs(value) <= max)) throw new Reject(`${name} is "${text}", expected -${max} to ${max}`)
  return value
}

/** A line that names only a category has a merchant of that name. */
function merchantOf(fields: Fields, location: Location | undefined): Merchant | undefined {
  const reference = fields.merchant_id ?? fields.merchant_name ?? fields.merchant_category
  if (reference === undefined) return undefined
  const mcc = matching(fields, 'mcc', /^\d{4}$/, 'four digits')
  const byCode = Object.entries(CATEGORIES).find(([, category]) => category.mcc === mcc)?.[0]
  const category = fields.merchant_category ?? byCode ?? 'OTHER'
  const byName = Object.entries(CATEGORIES).find(([name]) => name === category)?.[1].mcc
  return {
    merchantId: idOf('merchant', reference),
    name: fields.merchant_name ?? reference,
    category,
    mcc: mcc ?? byName ?? '0000',
    country: location?.country ?? 'US',
    city: location?.city ?? 'unknown',
  }
}

function ipOf(text: string | undefined): string | undefined {
  // The database has no zones, such as the one in fe80::1%eth0.
  if (text !== undefined && (isIP(text) === 0 || text.includes('%'))) {
    throw new Reject(`ip_address is "${text}", no IP address`)
  }
  return text
}

const ISO_OFFSET = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([+-]\d\d:\d\d|Z)$/
const NO_ZONE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?)?$/

/** Milliseconds since the epoch. @throws Reject for anything else, and for a time before 1970. */
export function timeOf(text: string, format: TimeFormat): number {
  try {
    const atMs = readTime(text, format)
    if (!(atMs >= 0)) throw new Reject(`created_at is "${text}", expected a time since 1970`)
    return atMs
  } catch (error) {
    if (error instanceof InstantError) throw new Reject(`created_at: ${error.message}`)
    throw error
  }
}

function readTime(text: string, format: TimeFormat): number {
  switch (format) {
    case 'iso':
      return offsetTime(text)
    case 'utc':
      return zonelessTime(text)
    case 'epoch_s':
      return Math.floor(Number(text) * 1_000)
    case 'epoch_ms':
      return Math.floor(Number(text))
  }
}

function offsetTime(text: string): number {
  const [, date, time, zone] = ISO_OFFSET.exec(text) ?? []
  if (date === undefined || time === undefined || zone === undefined) {
    throw new Reject(`created_at is "${text}", expected a time with its zone, such as 2026-11-20T13:31:00Z`)
  }
  const utcMs = parseInstant(`${date}T${time}Z`)
  if (zone === 'Z') return utcMs
  const offsetMinutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return utcMs - (zone.startsWith('-') ? -offsetMinutes : offsetMinutes) * 60_000
}

function zonelessTime(text: string): number {
  const [, date, minute = '00:00', second = ':00'] = NO_ZONE.exec(text) ?? []
  if (date === undefined) throw new Reject(`created_at is "${text}", expected a time such as 2026-11-20 13:31:00`)
  return parseInstant(`${date}T${minute}${second}Z`)
}
