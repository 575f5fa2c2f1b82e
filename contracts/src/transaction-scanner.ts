import { NOWHERE, readLocation, type Location } from './location.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './time.ts'
import { FUTURE_MAX_MS, RISK_LEVELS, type Transaction, TRANSACTION_STATUSES, TRANSACTION_TYPES } from './transaction.ts'

/**
 * The fast way to read a transaction: one pass over the bytes that takes the fields out where they stand. It knows only
 * what a connector writes for a good row: one flat object without white space. For anything else, and for anything
 * wrong, it gives up, and the complete decoder decides. What it accepts, the complete decoder reads the same.
 */

/** The fields to take, by the number of their slot. */
const SLOTS = [
  'transaction_id',
  'customer_id',
  'account_id',
  'merchant_id',
  'merchant_category',
  'transaction_type',
  'status',
  'risk_level',
  'amount_usd',
  'fee_amount',
  'currency',
  'channel',
  'transaction_location',
  'device_fingerprint',
  'is_cross_border',
  'compliance_flags',
  'created_at',
  '__op',
  '__source_ts_ms',
] as const
type SlotName = (typeof SLOTS)[number]
const slotOf = (name: SlotName): number => SLOTS.indexOf(name)
const slotByKey: ReadonlyMap<string, number> = new Map(SLOTS.map((name, slot) => [name, slot]))

const TRANSACTION_ID = slotOf('transaction_id')
const CUSTOMER_ID = slotOf('customer_id')
const ACCOUNT_ID = slotOf('account_id')
const MERCHANT_ID = slotOf('merchant_id')
const MERCHANT_CATEGORY = slotOf('merchant_category')
const TRANSACTION_TYPE = slotOf('transaction_type')
const STATUS = slotOf('status')
const RISK_LEVEL = slotOf('risk_level')
const AMOUNT_USD = slotOf('amount_usd')
const FEE_AMOUNT = slotOf('fee_amount')
const CURRENCY = slotOf('currency')
const CHANNEL = slotOf('channel')
const LOCATION = slotOf('transaction_location')
const DEVICE = slotOf('device_fingerprint')
const IS_CROSS_BORDER = slotOf('is_cross_border')
const FLAGS = slotOf('compliance_flags')
const CREATED_AT = slotOf('created_at')
const OP = slotOf('__op')
const SOURCE_TS_MS = slotOf('__source_ts_ms')

/** What stands in a slot. */
const ABSENT = 0
const TEXT = 1
const ESCAPED_TEXT = 2
const NULL = 3
const TRUE = 4
const FALSE = 5
const INTEGER = 6
const EMPTY_ARRAY = 7
const TEXT_ARRAY = 8
const OTHER_NUMBER = 9

const kinds = new Uint8Array(SLOTS.length)
/** Where a value begins and ends, quotes excluded. */
const starts = new Int32Array(SLOTS.length)
const ends = new Int32Array(SLOTS.length)

const QUOTE = 34
const HYPHEN = 45
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const ZERO = 48
const NINE = 57

/** The keys of the last record, in order, quotes and colon included: those of the next are most probably the same. */
const expectedKeys: { token: Uint8Array; slot: number }[] = []
const EXPECTED_KEYS_MAX = 64

/** Where the last scanned value ended, or -1 when it was none. */
let valueEnd = 0
let valueKind = ABSENT

/** @returns the transaction, or `undefined` when the complete decoder has to look at it. */
export function scanTransaction(bytes: Buffer, recordTimestampMs: number): Transaction | undefined {
  if (!scanFields(bytes)) return undefined
  const op = bytes[starts[OP]!]!
  if (kinds[OP] !== TEXT || ends[OP]! - starts[OP]! !== 1 || (op !== 99 && op !== 114)) return undefined
  const eventTimeMs = instantAt(bytes, CREATED_AT)
  const changedAtMs = kinds[SOURCE_TS_MS] === ABSENT ? recordTimestampMs : integerAt(bytes, SOURCE_TS_MS)
  // NaN fails the comparison, too.
  if (!(eventTimeMs - changedAtMs <= FUTURE_MAX_MS)) return undefined
  const amountUsdMinor = minorAt(bytes, AMOUNT_USD)
  const feeMinor = minorAt(bytes, FEE_AMOUNT)
  const type = oneOf(bytes, TRANSACTION_TYPE, types)
  const status = oneOf(bytes, STATUS, statuses)
  const riskLevel = oneOf(bytes, RISK_LEVEL, levels)
  const known = type !== undefined && status !== undefined && riskLevel !== undefined
  if (!known || amountUsdMinor < 0 || feeMinor < 0) return undefined
  if (!isUuid(bytes, TRANSACTION_ID) || !isUuid(bytes, CUSTOMER_ID)) return undefined
  if (!isUuidOrNone(bytes, ACCOUNT_ID) || !isUuidOrNone(bytes, MERCHANT_ID)) return undefined
  const complianceFlags = flagsAt(bytes)
  const location = locationAt(bytes)
  if (complianceFlags === undefined || location === undefined || !areTextsPlain()) return undefined
  const merchantId = kinds[MERCHANT_ID] === TEXT ? asciiAt(bytes, MERCHANT_ID) : undefined
  return {
    transactionId: asciiAt(bytes, TRANSACTION_ID),
    customerId: asciiAt(bytes, CUSTOMER_ID),
    accountId: kinds[ACCOUNT_ID] === TEXT ? asciiAt(bytes, ACCOUNT_ID) : undefined,
    merchantId,
    merchantCategory: merchantId === undefined ? undefined : interned(bytes, MERCHANT_CATEGORY),
    type,
    status,
    riskLevel,
    amountUsdMinor,
    feeMinor,
    currency: interned(bytes, CURRENCY),
    channel: interned(bytes, CHANNEL),
    country: location.country,
    city: location.city,
    deviceFingerprint: ends[DEVICE]! > starts[DEVICE]! && kinds[DEVICE] === TEXT ? textAt(bytes, DEVICE) : undefined,
    isCrossBorder: kinds[IS_CROSS_BORDER] === TRUE,
    complianceFlags,
    eventTimeMs,
    changedAtMs,
  }
}

// --- the pass over the bytes ---

/** Finds every slot's value. @returns false when they are not one flat JSON object without white space. */
function scanFields(bytes: Buffer): boolean {
  kinds.fill(ABSENT)
  const end = bytes.length - 1
  if (bytes[0]! !== 123 || bytes[end]! !== 125) return false
  let at = 1
  for (let member = 0; ; member += 1) {
    const expected = expectedKeys[member]
    let slot: number
    if (expected !== undefined && isAt(bytes, expected.token, at)) {
      slot = expected.slot
      at += expected.token.length
    } else {
      const keyEnd = plainTextEnd(bytes, at)
      if (keyEnd === -1 || bytes[keyEnd + 1]! !== COLON) return false
      slot = slotByKey.get(bytes.toString('utf8', at + 1, keyEnd)) ?? -1
      if (member < EXPECTED_KEYS_MAX)
        expectedKeys[member] = { token: Uint8Array.from(bytes.subarray(at, keyEnd + 2)), slot }
      at = keyEnd + 2
    }
    scanValue(bytes, at)
    if (valueEnd === -1) return false
    if (slot !== -1) {
      const inner = valueKind === TEXT || valueKind === ESCAPED_TEXT ? 1 : 0
      kinds[slot] = valueKind
      starts[slot] = at + inner
      ends[slot] = valueEnd - inner
    }
    at = valueEnd
    if (at === end) return true
    if (bytes[at]! !== COMMA) return false
    at += 1
  }
}

/** Scans the value at `at`; leaves its kind and its end, which is -1 when it is none of those known here. */
function scanValue(bytes: Buffer, at: number): void {
  switch (bytes[at]!) {
    case QUOTE:
      return scanText(bytes, at)
    case 110:
      return scanWord(bytes, at, NULL_WORD, NULL)
    case 116:
      return scanWord(bytes, at, TRUE_WORD, TRUE)
    case 102:
      return scanWord(bytes, at, FALSE_WORD, FALSE)
    case 91:
      return scanArray(bytes, at)
    default:
      return scanNumber(bytes, at)
  }
}

// No Buffer: browsers load this file with the rest of the contracts.
const encoder = new TextEncoder()
const NULL_WORD = encoder.encode('null')
const TRUE_WORD = encoder.encode('true')
const FALSE_WORD = encoder.encode('false')

function scanWord(bytes: Buffer, at: number, word: Uint8Array, kind: number): void {
  valueKind = kind
  valueEnd = isAt(bytes, word, at) ? at + word.length : -1
}

/** Whether these bytes stand at this place. */
function isAt(bytes: Buffer, token: Uint8Array, at: number): boolean {
  for (let next = 0; next < token.length; next += 1) if (bytes[at + next] !== token[next]) return false
  return true
}

function scanText(bytes: Buffer, at: number): void {
  valueKind = TEXT
  for (let next = at + 1; ; next += 1) {
    const code = bytes[next]!
    if (code === QUOTE) {
      valueEnd = next + 1
      return
    }
    if (code === BACKSLASH) {
      next += 1
      // A quote, a backslash or a slash; the rarer escapes are left to the complete decoder.
      const escaped = bytes[next]!
      if (escaped !== QUOTE && escaped !== BACKSLASH && escaped !== 47) break
      valueKind = ESCAPED_TEXT
      // A control character, or the end.
    } else if (!(code >= 32)) break
  }
  valueEnd = -1
}

/** The closing quote of a text without escapes that begins at `at`, or -1. */
function plainTextEnd(bytes: Buffer, at: number): number {
  if (bytes[at]! !== QUOTE) return -1
  scanText(bytes, at)
  return valueEnd === -1 || valueKind !== TEXT ? -1 : valueEnd - 1
}

function scanArray(bytes: Buffer, at: number): void {
  if (bytes[at + 1]! === 93) {
    valueKind = EMPTY_ARRAY
    valueEnd = at + 2
    return
  }
  let next = at + 1
  for (;;) {
    const closing = plainTextEnd(bytes, next)
    next = closing + 1
    const code = bytes[next]!
    if (closing === -1 || (code !== COMMA && code !== 93)) {
      valueEnd = -1
      return
    }
    next += 1
    if (code === 93) break
  }
  valueKind = TEXT_ARRAY
  valueEnd = next
}

function scanNumber(bytes: Buffer, at: number): void {
  const first = bytes[at]! === 45 ? at + 1 : at
  let next = digitsEnd(bytes, first)
  const isWhole = next > first && (next === first + 1 || bytes[first]! !== ZERO)
  valueKind = first === at ? INTEGER : OTHER_NUMBER
  if (isWhole && bytes[next]! === 46) {
    const fractionEnd = digitsEnd(bytes, next + 1)
    valueKind = OTHER_NUMBER
    if (fractionEnd === next + 1) {
      valueEnd = -1
      return
    }
    next = fractionEnd
  }
  // An exponent ends the value here, and what follows is then no comma: the complete decoder's.
  valueEnd = isWhole ? next : -1
}

function digitsEnd(bytes: Buffer, at: number): number {
  let next = at
  for (let code = bytes[next]!; code >= ZERO && code <= NINE; code = bytes[next]!) next += 1
  return next
}

// --- values ---

/** Optional texts that are read as they stand: no escapes in them, and no text where there is none. */
function areTextsPlain(): boolean {
  return (
    kinds[MERCHANT_CATEGORY] !== ESCAPED_TEXT &&
    kinds[CURRENCY] !== ESCAPED_TEXT &&
    kinds[CHANNEL] !== ESCAPED_TEXT &&
    kinds[DEVICE] !== ESCAPED_TEXT
  )
}

function isUuidOrNone(bytes: Buffer, slot: number): boolean {
  return kinds[slot] === NULL || kinds[slot] === ABSENT || isUuid(bytes, slot)
}

/** 0 for each byte of a lower-case hexadecimal number, 1 for any other. */
const notHex = new Uint8Array(256).map((_, code) => (/[0-9a-f]/.test(String.fromCharCode(code)) ? 0 : 1))

function isUuid(bytes: Buffer, slot: number): boolean {
  const start = starts[slot]!
  if (kinds[slot] !== TEXT || ends[slot]! - start !== 36) return false
  const isParted =
    bytes[start + 8] === HYPHEN &&
    bytes[start + 13] === HYPHEN &&
    bytes[start + 18] === HYPHEN &&
    bytes[start + 23] === HYPHEN
  return (
    isParted &&
    isHex(bytes, start, 8) &&
    isHex(bytes, start + 9, 4) &&
    isHex(bytes, start + 14, 4) &&
    isHex(bytes, start + 19, 4) &&
    isHex(bytes, start + 24, 12)
  )
}

/** Without a branch a byte: a good record has 128 of them. */
function isHex(bytes: Buffer, start: number, length: number): boolean {
  let wrong = 0
  for (let at = start; at < start + length; at += 1) wrong |= notHex[bytes[at]!]!
  return wrong === 0
}

/** Minor units, or -1 when it is no amount that may be counted. */
function minorAt(bytes: Buffer, slot: number): number {
  if (kinds[slot] !== TEXT) return -1
  const start = starts[slot]!
  const end = ends[slot]!
  const point = digitsEnd(bytes, start)
  const fraction = end - point - 1
  if (point === start || end - start > 14 || fraction > 2 || fraction === 0) return -1
  let minor = 0
  for (let at = start; at < point; at += 1) minor = minor * 10 + (bytes[at]! - ZERO)
  if (fraction === -1) return minor * 100
  if (bytes[point]! !== 46 || digitsEnd(bytes, point + 1) !== end) return -1
  minor = minor * 10 + (bytes[point + 1]! - ZERO)
  return fraction === 1 ? minor * 10 : minor * 10 + (bytes[point + 2]! - ZERO)
}

/** A whole number, or NaN. */
function integerAt(bytes: Buffer, slot: number): number {
  if (kinds[slot] !== INTEGER || ends[slot]! - starts[slot]! > 15) return NaN
  let value = 0
  for (let at = starts[slot]!; at < ends[slot]!; at += 1) value = value * 10 + (bytes[at]! - ZERO)
  return value
}

/** The day that was read last: most transactions of a stream are of one day. */
let lastDay: Buffer = Buffer.alloc(0)
let lastDayMs = 0

/** Milliseconds, or NaN: `2026-11-20T13:31:00Z` with up to nine digits of a fraction. */
function instantAt(bytes: Buffer, slot: number): number {
  const start = starts[slot]!
  const end = ends[slot]!
  const length = end - start
  if (kinds[slot] !== TEXT || length < 20 || length > 30 || bytes[end - 1]! !== 90) return NaN
  if (lastDay.length === 0 || !isAt(bytes, lastDay, start)) {
    const day = bytes.toString('latin1', start, start + 10)
    if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(day)) return NaN
    const dayMs = Date.parse(`${day}T00:00:00Z`)
    // Some engines read the 31st of a short month as the first of the next.
    if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return NaN
    lastDay = Buffer.from(day)
    lastDayMs = dayMs
  }
  const hour = pairAt(bytes, start + 11)
  const minute = pairAt(bytes, start + 14)
  const second = pairAt(bytes, start + 17)
  const isSeparated = bytes[start + 10]! === 84 && bytes[start + 13]! === COLON && bytes[start + 16]! === COLON
  if (!isSeparated || !(hour < 24) || !(minute < 60) || !(second < 60)) return NaN
  const fractionMs = length === 20 ? 0 : fractionMsAt(bytes, start + 19, end - 1)
  return lastDayMs + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fractionMs
}

/** Two digits, or NaN. */
function pairAt(bytes: Buffer, at: number): number {
  const tens = bytes[at]! - ZERO
  const ones = bytes[at + 1]! - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** The milliseconds of `.123…` between `at` and `end`, or NaN. */
function fractionMsAt(bytes: Buffer, at: number, end: number): number {
  if (bytes[at]! !== 46 || at + 1 === end || digitsEnd(bytes, at + 1) !== end) return NaN
  let ms = 0
  for (let digit = 1; digit <= 3; digit += 1) {
    ms = ms * 10 + (at + digit < end ? bytes[at + digit]! - ZERO : 0)
  }
  return ms
}

/** A text and its bytes. */
interface Known<T extends string> {
  readonly text: T
  readonly bytes: Buffer
}

const knownOf = <T extends string>(texts: readonly T[]): Known<T>[] =>
  texts.map((text) => ({ text, bytes: Buffer.from(text) }))

const types = knownOf(TRANSACTION_TYPES)
const statuses = knownOf(TRANSACTION_STATUSES)
const levels = knownOf(RISK_LEVELS)

function oneOf<T extends string>(bytes: Buffer, slot: number, known: readonly Known<T>[]): T | undefined {
  if (kinds[slot] !== TEXT) return undefined
  const start = starts[slot]!
  const length = ends[slot]! - start
  for (const value of known) if (value.bytes.length === length && isAt(bytes, value.bytes, start)) return value.text
  return undefined
}

/** Texts of few values, kept once: equal ones are then the same object, which makes every later comparison cheap. */
const internedTexts: Known<string>[][] = SLOTS.map(() => [])
const INTERNED_MAX = 64

function interned(bytes: Buffer, slot: number): string | undefined {
  if (kinds[slot] !== TEXT || starts[slot] === ends[slot]) return undefined
  const interned = internedTexts[slot]!
  const known = oneOf(bytes, slot, interned)
  if (known !== undefined) return known
  const text = textAt(bytes, slot)
  if (interned.length < INTERNED_MAX) interned.push({ text, bytes: Buffer.from(text) })
  return text
}

/** A text that was seen to be ASCII. */
function asciiAt(bytes: Buffer, slot: number): string {
  return bytes.toString('latin1', starts[slot], ends[slot])
}

function textAt(bytes: Buffer, slot: number): string {
  return bytes.toString('utf8', starts[slot], ends[slot])
}

const NO_FLAGS: readonly string[] = []

/** The flags, each once; `undefined` when they need a closer look. */
function flagsAt(bytes: Buffer): readonly string[] | undefined {
  const kind = kinds[FLAGS]
  if (kind === EMPTY_ARRAY || kind === NULL || kind === ABSENT) return NO_FLAGS
  if (kind !== TEXT_ARRAY) return undefined
  const flags = JSON.parse(textAt(bytes, FLAGS)) as string[]
  return flags.includes('') || new Set(flags).size !== flags.length ? undefined : flags
}

/** Locations by the text they were written as: there are far fewer places than transactions. */
const locations = new Map<string, Location>()
const LOCATIONS_MAX = 8_192

/** The location; `undefined` when it needs a closer look. */
function locationAt(bytes: Buffer): Location | undefined {
  const kind = kinds[LOCATION]
  if (kind === NULL || kind === ABSENT) return NOWHERE
  if (kind !== TEXT && kind !== ESCAPED_TEXT) return undefined
  const written = textAt(bytes, LOCATION)
  const known = locations.get(written)
  if (known !== undefined) return known
  const location = readLocation(JSON.parse(`"${written}"`))
  if (locations.size >= LOCATIONS_MAX) locations.clear()
  locations.set(written, location)
  return location
}
