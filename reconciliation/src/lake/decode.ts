import {
  DAY_MS,
  decodeTransaction,
  formatInstant,
  InstantError,
  MalformedRecord,
  MoneyError,
  parseInstant,
  parseMinor,
  type Transaction,
  type TransactionType,
} from '@fintech-streams/contracts'
import { type LakeRow } from './tables.ts'

/** What the quarantine asks of a row beyond what the jobs ask. */
export interface QuarantineRules {
  /** ISO 4217 codes that are taken. */
  readonly currencies: ReadonlySet<string>
  /** The first event date that is taken. */
  readonly earliestMs: number
}

/** What becomes of one record. Every record becomes exactly one of these. */
export type Decoded =
  | { readonly kind: 'good'; readonly date: string; readonly eventTimeMs: number; readonly row: LakeRow }
  | { readonly kind: 'quarantined'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'ignored'; readonly change: 'update' | 'delete' | 'tombstone' }

/** A record that is well-formed and yet must not reach a balance. */
class Unacceptable extends Error {
  readonly reason: string

  constructor(reason: string, detail: string) {
    super(detail)
    this.reason = reason
  }
}

const NEEDS_MERCHANT: ReadonlySet<TransactionType> = new Set(['PURCHASE', 'PAYMENT', 'REFUND', 'CHARGEBACK'])
const FX_RATE = /^\d{1,10}(?:\.\d{1,8})?$/
const RISK_SCORE = /^\d{1,3}(?:\.\d{1,2})?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The UTC date of an event time, `2026-11-20`. */
export const dateOf = (ms: number): string => formatInstant(Math.floor(ms / DAY_MS) * DAY_MS).slice(0, 10)

/** Decides what becomes of a record of `fintech.transactions`. */
export function decodeTransactionRecord(
  value: Buffer | null,
  recordTimeMs: number,
  at: { partition: number; offset: number },
  rules: QuarantineRules,
): Decoded {
  if (value === null) return { kind: 'ignored', change: 'tombstone' }
  return judged(() => {
    const transaction = decodeTransaction(value, recordTimeMs)
    if (transaction === 'update' || transaction === 'delete') return { kind: 'ignored', change: transaction }
    const fields = JSON.parse(value.toString()) as Record<string, unknown>
    const date = dateOf(transaction.eventTimeMs)
    return {
      kind: 'good',
      date,
      eventTimeMs: transaction.eventTimeMs,
      row: transactionRow(transaction, fields, date, at, rules),
    }
  })
}

/** Decides what becomes of a record of `fintech.analytics.fraud_detection`. */
export function decodeVerdictRecord(value: Buffer | null, at: { partition: number; offset: number }): Decoded {
  if (value === null) return { kind: 'ignored', change: 'tombstone' }
  return judged(() => {
    const fields = objectOf(value)
    const eventTime = textOf(fields, 'event_time')
    const eventTimeMs = parseInstant(eventTime)
    const score = fields['fraud_score']
    if (typeof score !== 'number') throw new Unacceptable('bad_value', 'fraud_score is not a number')
    const date = dateOf(eventTimeMs)
    const row: LakeRow = {
      transaction_id: uuidOf(fields, 'transaction_id'),
      customer_id: uuidOf(fields, 'customer_id'),
      account_id: optionalUuid(fields, 'account_id'),
      amount_usd: amountOf(fields, 'amount_usd'),
      verdict: textOf(fields, 'verdict'),
      fraud_score: score,
      evidence: JSON.stringify(fields['evidence'] ?? {}),
      rule_version: textOf(fields, 'rule_version'),
      event_time: eventTime,
      event_date: date,
      kafka_partition: at.partition,
      kafka_offset: at.offset,
    }
    return { kind: 'good', date, eventTimeMs, row }
  })
}

function judged(decide: () => Decoded): Decoded {
  try {
    return decide()
  } catch (error) {
    // Whatever an error of decoding is, it is the record's own, and no other one has to wait for it.
    return {
      kind: 'quarantined',
      reason: reasonOf(error),
      detail: error instanceof Error ? error.message : String(error),
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof MalformedRecord || error instanceof Unacceptable) return error.reason
  return error instanceof InstantError ? error.code : 'undecodable'
}

function transactionRow(
  t: Transaction,
  fields: Record<string, unknown>,
  date: string,
  at: { partition: number; offset: number },
  rules: QuarantineRules,
): LakeRow {
  if (t.merchantId === undefined && NEEDS_MERCHANT.has(t.type)) {
    throw new Unacceptable('missing_merchant', `a ${t.type} needs a merchant_id`)
  }
  if (t.accountId === undefined) throw new Unacceptable('missing_field', 'account_id is missing or null')
  if (t.currency === undefined || !rules.currencies.has(t.currency)) {
    throw new Unacceptable('unknown_currency', `currency is ${t.currency ?? 'missing'}`)
  }
  if (t.eventTimeMs < rules.earliestMs) {
    throw new Unacceptable('date_out_of_range', `created_at is ${formatInstant(t.eventTimeMs)}`)
  }
  return {
    transaction_id: t.transactionId,
    customer_id: t.customerId,
    account_id: t.accountId,
    to_account_id: optionalUuid(fields, 'to_account_id'),
    merchant_id: t.merchantId ?? null,
    transaction_type: t.type,
    amount: amountOf(fields, 'amount'),
    currency: t.currency,
    fx_rate: matching(fields, 'fx_rate', FX_RATE),
    amount_usd: amountOf(fields, 'amount_usd'),
    fee_amount: amountOf(fields, 'fee_amount'),
    status: t.status,
    channel: t.channel ?? null,
    merchant_category: t.merchantCategory ?? null,
    mcc: typeof fields['mcc'] === 'string' ? fields['mcc'] : null,
    country: t.country ?? null,
    city: t.city ?? null,
    is_cross_border: t.isCrossBorder,
    risk_score: fields['risk_score'] === undefined ? '0' : matching(fields, 'risk_score', RISK_SCORE),
    risk_level: t.riskLevel,
    compliance_flags: [...t.complianceFlags].sort().join(','),
    original_transaction_id: optionalUuid(fields, 'original_transaction_id'),
    created_at: formatInstant(t.eventTimeMs),
    event_date: date,
    kafka_partition: at.partition,
    kafka_offset: at.offset,
  }
}

function objectOf(value: Buffer): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(value.toString())
  } catch {
    throw new Unacceptable('not_json', 'the value is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Unacceptable('not_an_object', 'the value is not a JSON object')
  }
  return parsed as Record<string, unknown>
}

function textOf(fields: Record<string, unknown>, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Unacceptable('missing_field', `${name} is missing, or no text`)
}

function matching(fields: Record<string, unknown>, name: string, form: RegExp): string {
  const value = textOf(fields, name)
  if (form.test(value)) return value
  throw new Unacceptable('bad_decimal', `${name} is ${value.slice(0, 64)}`)
}

function amountOf(fields: Record<string, unknown>, name: string): string {
  const text = textOf(fields, name)
  try {
    if (parseMinor(text) >= 0) return text
  } catch (error) {
    if (error instanceof MoneyError) throw new Unacceptable(error.code, `${name}: ${error.message}`)
    throw error
  }
  throw new Unacceptable('negative_amount', `${name} is ${text}, below zero`)
}

function uuidOf(fields: Record<string, unknown>, name: string): string {
  const id = optionalUuid(fields, name)
  if (id === null) throw new Unacceptable('missing_field', `${name} is missing or null`)
  return id
}

function optionalUuid(fields: Record<string, unknown>, name: string): string | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  if (typeof value === 'string' && UUID.test(value)) return value.toLowerCase()
  throw new Unacceptable('bad_uuid', `${name} is ${String(JSON.stringify(value)).slice(0, 64)}, not a UUID`)
}
