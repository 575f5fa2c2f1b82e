import { isIP } from 'node:net'
import {
  type Channel,
  CHANNELS,
  CITY_PATTERN,
  CURRENCIES_TAKEN,
  DEVICE_PATTERN,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type TransactionStatus,
  type TransactionType,
  unfit,
} from '@fintech-streams/contracts'
import { derivedUuid, isDebit, type Location, type Merchant, type Tier, TIERS } from '@fintech-streams/ledger'
import { CATEGORIES } from '../model/merchants.ts'
import { type Amount, type Decimals, readAmount, readDecimal } from './amounts.ts'
import { type Fields } from './columns.ts'
import { idOf, type UnnamedIds } from './ids.ts'
import { type Field, type Mapping } from './mapping.ts'
import { Reject } from './reject.ts'
import { type TimeReader } from './times.ts'

/** How the texts of a file are read. */
export interface ParseContext {
  timeOf: TimeReader
  decimals: Decimals
  mapping: Pick<Mapping, 'only_for' | 'type_by_sign' | 'source'>
  /** For transactions without an id of their own. */
  unnamed: UnnamedIds
}

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
  feeMinor: number | undefined
  status: TransactionStatus
  channel: Channel | undefined
  location: Location | undefined
  device: string | undefined
  ip: string | undefined
  riskScore: number | undefined
  originalTransactionId: string | undefined
  typology: string | undefined
}

const ONE_E8 = 100_000_000
const DEVICE = new RegExp(DEVICE_PATTERN)
const CITY = new RegExp(CITY_PATTERN)
/** A spreadsheet has made a number of an id, and its last digits are gone. */
const ROUNDED = /^\d(?:[.,]\d+)?E\+?\d+$/i

/**
 * Checks a line's fields.
 * @throws Reject for the first thing that is wrong.
 */
export function parseFields(given: Fields, { timeOf, decimals, mapping, unnamed }: ParseContext): ImportedTransaction {
  const unstorable = Object.entries(given).find(([, text]) => text.includes('\0'))
  if (unstorable !== undefined) throw new Reject(`${unstorable[0]} contains a zero byte`)
  const amount = amountOf(given, 'amount', decimals) ?? missing('amount')
  const type = typeOf(given, amount, mapping.type_by_sign)
  const fields = fieldsFor(type, given, mapping.only_for)
  const parties = partiesOf(fields, mapping.source)
  const fault = unfit(type, parties)
  if (fault !== undefined) throw new Reject(`${fault.field} ${fault.message}`)
  const location = locationOf(fields)
  const facts = {
    atMs: timeOf(required(fields, 'created_at')),
    ...parties,
    merchant: merchantOf(fields, location, mapping.source),
    type,
    amountMinor: amount.minor,
    currency: currencyOf(fields, amount),
  }
  return {
    transactionId: id(fields, 'transaction_id', 'transaction', mapping.source) ?? unnamed.next(identityOf(facts)),
    ...facts,
    customerReference: required(fields, 'customer_id'),
    tier: oneOf(fields, 'customer_tier', TIERS) ?? 'BASIC',
    customerPlace: homeOf(fields, location),
    ...priceOf(fields, facts, decimals),
    feeMinor: dollars(fields, 'fee_amount', decimals),
    status: oneOf(fields, 'status', TRANSACTION_STATUSES) ?? 'COMPLETED',
    channel: oneOf(fields, 'channel', CHANNELS),
    location,
    device: matching(fields, 'device_fingerprint', DEVICE, 'at most 200 printable characters without spaces'),
    ip: ipOf(fields.ip_address),
    riskScore: score(fields),
    typology: typologyOf(fields.typology),
  }
}

/**
 * What a transaction without an id is known by: who paid whom, when and how much. It is the same whatever the file's
 * format, encoding and order; two lines that agree in it are told apart by which comes first.
 */
function identityOf({
  atMs,
  customerId,
  accountId,
  toAccountId,
  merchant,
  type,
  amountMinor,
  currency,
}: Facts): string {
  const receiver = [toAccountId ?? '', merchant?.merchantId ?? '']
  return [atMs, customerId, accountId, ...receiver, type, amountMinor, currency].join(' ')
}

type Facts = Pick<
  ImportedTransaction,
  'atMs' | 'customerId' | 'accountId' | 'toAccountId' | 'merchant' | 'type' | 'amountMinor' | 'currency'
>

/** The type that a line states, or that follows from the sign of its amount. */
function typeOf(fields: Fields, { minor, isNegative }: Amount, bySign: Mapping['type_by_sign']): TransactionType {
  const stated = oneOf(fields, 'transaction_type', TRANSACTION_TYPES)
  if (bySign === undefined) {
    if (isNegative && minor > 0) {
      throw new Reject(
        `amount is ${fields.amount}, below zero: the type says which way the money goes ("type_by_sign")`,
      )
    }
    return stated ?? 'PURCHASE'
  }
  const type = stated ?? bySign[isNegative ? 'negative' : 'positive']
  if (minor > 0 && isDebit(type) !== isNegative) {
    throw new Reject(`amount is ${fields.amount}, but a ${type} goes the other way`)
  }
  return type
}

/** Without the fields that a mapping has for other types only. */
function fieldsFor(type: TransactionType, fields: Fields, onlyFor: Mapping['only_for']): Fields {
  const others = Object.entries(onlyFor).filter(([, types]) => !types.includes(type))
  return { ...fields, ...Object.fromEntries(others.map(([name]) => [name, undefined])) }
}

function partiesOf(fields: Fields, source: string | undefined) {
  const customerId = id(fields, 'customer_id', 'customer', source) ?? missing('customer_id')
  return {
    customerId,
    accountId: id(fields, 'account_id', 'account', source) ?? derivedUuid('account of customer', customerId),
    toAccountId: id(fields, 'to_account_id', 'account', source),
    originalTransactionId: id(fields, 'original_transaction_id', 'transaction', source),
  }
}

function missing(name: Field): never {
  throw new Reject(`${name} is missing`)
}

function required(fields: Fields, name: Field): string {
  return fields[name] ?? missing(name)
}

function id(fields: Fields, name: Field, kind: string, source: string | undefined): string | undefined {
  const text = fields[name]
  if (text === undefined) return undefined
  if (ROUNDED.test(text)) throw new Reject(`${name} is ${text}: a spreadsheet has rounded it, so it is nobody's`)
  return idOf(kind, text, source)
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

function amountOf(fields: Fields, name: Field, decimals: Decimals): Amount | undefined {
  const text = fields[name]
  return text === undefined ? undefined : named(name, () => readAmount(text, decimals))
}

function named<T>(name: Field, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Reject) throw new Reject(`${name}: ${error.message}`)
    throw error
  }
}

/** An amount of US dollars, not below zero. */
function dollars(fields: Fields, name: Field, decimals: Decimals): number | undefined {
  const amount = amountOf(fields, name, decimals)
  if (amount === undefined) return undefined
  if (amount.isNegative && amount.minor > 0) throw new Reject(`${name} is ${fields[name]}, below zero`)
  if (amount.currencies?.includes('USD') === false) throw new Reject(`${name} is ${fields[name]}, not US dollars`)
  return amount.minor
}

/** The currency that a line states, or that its amount shows. */
function currencyOf(fields: Fields, { currencies }: Amount): string {
  const stated = matching(fields, 'currency', /^[A-Z]{3}$/, 'a currency such as USD')
  if (stated !== undefined && currencies?.includes(stated) === false) {
    throw new Reject(`amount is ${fields.amount}, but currency is ${stated}`)
  }
  const currency = stated ?? currencies?.[0] ?? 'USD'
  if (CURRENCIES_TAKEN.includes(currency)) return currency
  throw new Reject(`currency is "${currency}", expected one of ${CURRENCIES_TAKEN.join(', ')}`)
}

/** A number that has no thousands, with either decimal mark. */
function decimal(fields: Fields, name: Field, low: number, high: number): number | undefined {
  const text = fields[name]
  if (text === undefined) return undefined
  const value = /^-?\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : NaN
  if (!(value >= low && value <= high)) throw new Reject(`${name} is "${text}", expected ${low} to ${high}`)
  return value
}

function rate(fields: Fields, decimals: Decimals): number | undefined {
  const text = fields.fx_rate
  if (text === undefined) return undefined
  const [whole = '', fraction = ''] = named('fx_rate', () => readDecimal(text, decimals))
    .replace(/(\.\d*?)0+$/, '$1')
    .split('.')
  if (whole.length > 6 || fraction.length > 8)
    throw new Reject(`fx_rate is "${text}", expected a rate such as 1.08500000`)
  const rateE8 = Number(whole + fraction.padEnd(8, '0'))
  if (rateE8 === 0) throw new Reject('fx_rate is 0')
  return rateE8
}

/** What the line says of its price in dollars. */
function priceOf(fields: Fields, { currency, amountMinor }: Facts, decimals: Decimals) {
  const fxRateE8 = rate(fields, decimals)
  const amountUsdMinor = dollars(fields, 'amount_usd', decimals)
  if (currency === 'USD' && ((fxRateE8 ?? ONE_E8) !== ONE_E8 || (amountUsdMinor ?? amountMinor) !== amountMinor)) {
    throw new Reject('the amount is in USD, and fx_rate or amount_usd says something else')
  }
  return { fxRateE8, amountUsdMinor }
}

/** Two digits, as the database has it. */
function score(fields: Fields): number | undefined {
  const value = decimal(fields, 'risk_score', 0, 100)
  return value === undefined ? undefined : Math.round(value * 100) / 100
}

/** Data sets call what is no fraud 0, and fraud of no named kind 1. */
function typologyOf(text: string | undefined): string | undefined {
  if (text === undefined || /^(0|false|no|n)$/i.test(text)) return undefined
  return /^(1|true|yes|y)$/i.test(text) ? 'FRAUD' : text
}

function country(text: string): string {
  if (!/^[A-Z]{2}$/.test(text)) throw new Reject(`"${text}" is no country: expected two letters such as US`)
  return text
}

function locationOf(fields: Fields): Location | undefined {
  if (fields.country === undefined) return undefined
  return {
    country: country(fields.country),
    city: matching(fields, 'city', CITY, 'at most 100 characters') ?? null,
    lat: decimal(fields, 'lat', -90, 90) ?? null,
    lon: decimal(fields, 'lon', -180, 180) ?? null,
  }
}

function homeOf(fields: Fields, location: Location | undefined): ImportedTransaction['customerPlace'] {
  const home = fields.customer_country ?? location?.country
  if (home === undefined) return undefined
  return { country: country(home), city: fields.customer_city ?? location?.city ?? 'unknown' }
}

/** A line that names only a category has a merchant of that name. */
function merchantOf(fields: Fields, location: Location | undefined, source: string | undefined): Merchant | undefined {
  const reference = fields.merchant_id ?? fields.merchant_name ?? fields.merchant_category
  if (reference === undefined) return undefined
  const mcc = matching(fields, 'mcc', /^\d{4}$/, 'four digits')
  const byCode = Object.entries(CATEGORIES).find(([, category]) => category.mcc === mcc)?.[0]
  const category = fields.merchant_category ?? byCode ?? 'OTHER'
  const byName = Object.entries(CATEGORIES).find(([name]) => name === category)?.[1].mcc
  return {
    merchantId: idOf('merchant', reference, source),
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
