import { isObject, optionalText, readLocation } from './location.ts'
import { MoneyError, parseMinor } from './money.ts'
import { InstantError, parseInstant } from './time.ts'
import {
  FUTURE_MAX_MS,
  type IgnoredChange,
  MalformedRecord,
  RISK_LEVELS,
  type RiskLevel,
  type Transaction,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type TransactionStatus,
  type TransactionType,
} from './transaction.ts'
import { scanTransaction } from './transaction-scanner.ts'

const types: ReadonlySet<string> = new Set(TRANSACTION_TYPES)
const statuses: ReadonlySet<string> = new Set(TRANSACTION_STATUSES)
const levels: ReadonlySet<string> = new Set(RISK_LEVELS)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

type Fields = Record<string, unknown>

/**
 * Reads the value of a `fintech.transactions` record. Only the fields that a job reads are checked; unknown extra
 * fields, an unknown channel, an unreadable location and unknown flags are no reason to refuse a record.
 *
 * @param recordTimestampMs stands in for `__source_ts_ms` where a record has none.
 * @returns the transaction, or which kind of change it is instead of a creation.
 * @throws MalformedRecord with the reason and a sentence that names the field.
 */
export function decodeTransaction(value: Buffer, recordTimestampMs: number): Transaction | IgnoredChange {
  return scanTransaction(value, recordTimestampMs) ?? decodeAnyTransaction(value.toString(), recordTimestampMs)
}

/** The decoder for every case: what `decodeTransaction` says, by `JSON.parse` and one check after the other. */
export function decodeAnyTransaction(value: string, recordTimestampMs: number): Transaction | IgnoredChange {
  const fields = parseObject(value)
  const op = fields['__op']
  if (op === 'u') return 'update'
  if (op === 'd') return 'delete'
  if (op !== 'c' && op !== 'r') {
    throw new MalformedRecord('unknown_op', `__op is ${shown(op)}, expected one of c, r, u, d`)
  }
  const eventTimeMs = instant(fields, 'created_at')
  const sourceTsMs = fields['__source_ts_ms']
  const changedAtMs = typeof sourceTsMs === 'number' ? sourceTsMs : recordTimestampMs
  checkNotInFuture(eventTimeMs, changedAtMs)
  const merchantId = optionalUuid(fields, 'merchant_id')
  const location = readLocation(fields['transaction_location'])
  return {
    transactionId: uuid(fields, 'transaction_id'),
    customerId: uuid(fields, 'customer_id'),
    accountId: optionalUuid(fields, 'account_id'),
    merchantId,
    merchantCategory: merchantId === undefined ? undefined : optionalText(fields['merchant_category']),
    type: oneOf<TransactionType>(fields, 'transaction_type', types),
    status: oneOf<TransactionStatus>(fields, 'status', statuses),
    riskLevel: oneOf<RiskLevel>(fields, 'risk_level', levels),
    amountUsdMinor: amount(fields, 'amount_usd'),
    feeMinor: amount(fields, 'fee_amount'),
    currency: optionalText(fields['currency']),
    channel: optionalText(fields['channel']),
    country: location.country,
    city: location.city,
    deviceFingerprint: optionalText(fields['device_fingerprint']),
    isCrossBorder: fields['is_cross_border'] === true,
    complianceFlags: readFlags(fields['compliance_flags']),
    eventTimeMs,
    changedAtMs,
  }
}

function parseObject(value: string): Fields {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch (error) {
    throw new MalformedRecord('not_json', error instanceof Error ? error.message : 'the value is not JSON')
  }
  if (!isObject(parsed)) throw new MalformedRecord('not_an_object', `the value is ${shown(parsed)}, not a JSON object`)
  return parsed
}

function checkNotInFuture(eventTimeMs: number, changedAtMs: number): void {
  if (eventTimeMs - changedAtMs > FUTURE_MAX_MS) {
    throw new MalformedRecord(
      'event_time_in_future',
      `created_at is ${eventTimeMs - changedAtMs} ms after the change itself, at most ${FUTURE_MAX_MS} are allowed`,
    )
  }
}

/** A required field's value; the reasons for refusing it are told apart for whoever reads the dead letter. */
function required(fields: Fields, name: string): unknown {
  const value = fields[name]
  if (value === undefined || value === null) throw new MalformedRecord('missing_field', `${name} is missing or null`)
  return value
}

function uuid(fields: Fields, name: string): string {
  return checkedUuid(name, required(fields, name))
}

function optionalUuid(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return value === undefined || value === null ? undefined : checkedUuid(name, value)
}

function checkedUuid(name: string, value: unknown): string {
  if (typeof value === 'string') {
    if (UUID.test(value)) return value
    const lower = value.toLowerCase()
    if (UUID.test(lower)) return lower
  }
  throw new MalformedRecord('bad_uuid', `${name} is ${shown(value)}, not a UUID`)
}

function oneOf<T extends string>(fields: Fields, name: string, known: ReadonlySet<string>): T {
  const value = required(fields, name)
  if (typeof value === 'string' && known.has(value)) return value as T
  throw new MalformedRecord('unknown_value', `${name} is ${shown(value)}, expected one of ${[...known].join(', ')}`)
}

function amount(fields: Fields, name: string): number {
  const value = required(fields, name)
  if (typeof value !== 'string') {
    throw new MalformedRecord('bad_decimal', `${name} is ${shown(value)}, not a decimal string`)
  }
  let minor: number
  try {
    minor = parseMinor(value)
  } catch (error) {
    if (error instanceof MoneyError) throw new MalformedRecord(error.code, `${name}: ${error.message}`)
    throw error
  }
  if (minor < 0) throw new MalformedRecord('negative_amount', `${name} is ${value}, below zero`)
  return minor
}

function instant(fields: Fields, name: string): number {
  const value = required(fields, name)
  if (typeof value !== 'string') throw new MalformedRecord('bad_time', `${name} is ${shown(value)}, not a time`)
  try {
    return parseInstant(value)
  } catch (error) {
    if (error instanceof InstantError) throw new MalformedRecord('bad_time', `${name}: ${error.message}`)
    throw error
  }
}

const NO_FLAGS: readonly string[] = []

function readFlags(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_FLAGS
  const texts = value.filter((flag): flag is string => typeof flag === 'string' && flag !== '')
  return texts.length < 2 ? texts : [...new Set(texts)]
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 64)
}
