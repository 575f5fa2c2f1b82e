import {
  RISK_LEVELS,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type IgnoredChange,
  type MalformedReason,
} from '@fintech-streams/contracts'
import { type OracleTransaction, type SourceRecord } from './source.ts'

/** What a record of the source topic is. A malformed one has every reason that applies: which is named is free. */
export type Decoded =
  | { kind: 'ignored'; change: IgnoredChange }
  | { kind: 'malformed'; reasons: ReadonlySet<MalformedReason> }
  | { kind: 'transaction'; transaction: OracleTransaction }

const FUTURE_ALLOWED_MS = 60_000
/** A created row with this header had another key before. */
const OLD_KEY = '__debezium.oldkey'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const MONEY = /^(-?)(\d+)(?:\.(\d+))?$/
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/

/** Reads a record by the contract's text alone; it shares no code with the processor's decoder. */
export function decode(record: SourceRecord): Decoded {
  if (record.value === null) return { kind: 'ignored', change: 'tombstone' }
  let row: unknown
  try {
    row = JSON.parse(record.value.toString('utf8'))
  } catch {
    return { kind: 'malformed', reasons: new Set(['not_json']) }
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return { kind: 'malformed', reasons: new Set(['not_an_object']) }
  }
  const fields = new Map(Object.entries(row))
  const op: unknown = fields.get('__op')
  if (op === 'u') return { kind: 'ignored', change: 'update' }
  if (op === 'd') return { kind: 'ignored', change: 'delete' }
  if (op === 'c' && record.headers?.has(OLD_KEY) === true) return { kind: 'ignored', change: 'moved' }
  return decodeRow(new RowReader(fields), record.timestampMs)
}

function decodeRow(row: RowReader, recordTimestampMs: number): Decoded {
  row.require('__op', 'unknown_op', (value) => (value === 'c' || value === 'r' ? value : undefined))
  const changedAt = row.value('__source_ts_ms')
  const merchantId = row.optionalUuid('merchant_id')
  const location = row.location()
  const transaction: Nullable<OracleTransaction> = {
    transactionId: row.uuid('transaction_id'),
    customerId: shared(row.uuid('customer_id')),
    accountId: row.optionalUuid('account_id'),
    merchantId,
    category: merchantId === null ? null : row.text('merchant_category'),
    type: row.oneOf('transaction_type', TRANSACTION_TYPES),
    status: row.oneOf('status', TRANSACTION_STATUSES),
    riskLevel: row.oneOf('risk_level', RISK_LEVELS),
    amountMinor: row.money('amount_usd'),
    feeMinor: row.money('fee_amount'),
    currency: row.text('currency'),
    channel: row.text('channel'),
    country: textOrNull(location['country']),
    city: textOrNull(location['city']),
    device: row.text('device_fingerprint'),
    isCrossBorder: row.value('is_cross_border') === true,
    flags: row.flags(),
    eventTimeMs: row.time('created_at'),
    changedAtMs: typeof changedAt === 'number' && Number.isSafeInteger(changedAt) ? changedAt : recordTimestampMs,
  }
  const aheadMs = (transaction.eventTimeMs ?? -Infinity) - (transaction.changedAtMs ?? Infinity)
  if (aheadMs > FUTURE_ALLOWED_MS) row.problems.add('event_time_in_future')
  if (row.problems.size > 0) return { kind: 'malformed', reasons: row.problems }
  return { kind: 'transaction', transaction: transaction as OracleTransaction }
}

type Nullable<T> = { [Name in keyof T]: T[Name] | null }

/** Reads one row's fields and collects everything that is wrong with them. */
class RowReader {
  readonly problems = new Set<MalformedReason>()
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(fields: ReadonlyMap<string, unknown>) {
    this.#fields = fields
  }

  value(name: string): unknown {
    return this.#fields.get(name)
  }

  /** The value as `read` gives it; where that is `undefined` the row is malformed for `reason`. */
  require<T>(name: string, reason: MalformedReason, read: (value: unknown) => T | undefined): T | null {
    const value = read(this.value(name))
    if (value !== undefined) return value
    this.problems.add(reason)
    return null
  }

  #isMissing(name: string): boolean {
    const missing = this.value(name) === undefined || this.value(name) === null
    if (missing) this.problems.add('missing_field')
    return missing
  }

  uuid(name: string): string | null {
    if (this.#isMissing(name)) return null
    return this.require(name, 'bad_uuid', (value) =>
      typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined,
    )
  }

  optionalUuid(name: string): string | null {
    const value = this.value(name)
    return value === undefined || value === null ? null : shared(this.uuid(name))
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T | null {
    if (this.#isMissing(name)) return null
    return this.require(name, 'unknown_value', (value) => known.find((candidate) => candidate === value))
  }

  money(name: string): bigint | null {
    if (this.#isMissing(name)) return null
    const value = this.value(name)
    const match = typeof value === 'string' ? MONEY.exec(value) : null
    if (match === null) {
      this.problems.add('bad_decimal')
      return null
    }
    const [, minus, whole, fraction = ''] = match
    if (/[1-9]/.test(fraction.slice(2))) this.problems.add('too_many_digits')
    const minor = BigInt(whole + fraction.slice(0, 2).padEnd(2, '0'))
    if (minor > BigInt(Number.MAX_SAFE_INTEGER)) this.problems.add('out_of_range')
    if (minus === '-' && minor !== 0n) this.problems.add('negative_amount')
    return minor
  }

  time(name: string): number | null {
    if (this.#isMissing(name)) return null
    return this.require(name, 'bad_time', (value) => (typeof value === 'string' ? instant(value) : undefined))
  }

  text(name: string): string | null {
    return textOrNull(this.value(name))
  }

  /** The location's members; none where it cannot be read. */
  location(): Record<string, unknown> {
    let value = this.value('transaction_location')
    if (typeof value === 'string') {
      try {
        value = JSON.parse(value)
      } catch {
        return {}
      }
    }
    return typeof value === 'object' && value !== null ? { ...value } : {}
  }

  flags(): readonly string[] {
    const value = this.value('compliance_flags')
    if (!Array.isArray(value)) return []
    if (value.some(Array.isArray)) this.problems.add('bad_flags')
    const texts = value.map((flag) => textOrNull(flag)).filter((flag) => flag !== null)
    return [...new Set(texts)]
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? shared(value) : null
}

/** Milliseconds of a time that exists in the calendar, its fraction cut; `undefined` for any other text. */
function instant(text: string): number | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = ''] = match.map((part) => part ?? '')
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)))
  const rewritten = date.toISOString().slice(0, 19)
  return rewritten === text.slice(0, 19) ? date.getTime() : undefined
}

const seen = new Map<string, string>()

/** The same text once in memory, however many rows carry it. */
function shared<T extends string | null>(text: T): T {
  if (text === null) return text
  const known = seen.get(text)
  if (known !== undefined) return known as T
  seen.set(text, text)
  return text
}
