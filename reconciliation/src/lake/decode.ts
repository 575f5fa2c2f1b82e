import {
  type ChangeRecord,
  DAY_MS,
  formatInstant,
  formatMinor,
  type IgnoredChange,
  InstantError,
  MalformedRecord,
  parseInstant,
  parseUuid,
  readTransaction,
  rowDecoder,
  type RowReader,
  shown,
  type Transaction,
  TRANSACTION_COLUMNS,
} from '@fintech-streams/contracts'
import { LAKE_COLUMNS, type LakeRow } from './tables.ts'

/** What the quarantine asks of a row beyond what the jobs ask. */
export interface QuarantineRules {
  /** ISO 4217 codes that are taken. */
  readonly currencies: ReadonlySet<string>
  /** The first event date that is taken. */
  readonly earliestMs: number
}

/** The outcome of decoding a record. Each has exactly one. */
export type Decoded =
  | { readonly kind: 'good'; readonly date: string; readonly eventTimeMs: number; readonly row: LakeRow }
  | { readonly kind: 'quarantined'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'ignored'; readonly change: IgnoredChange }

/** A record that is well-formed and yet must not reach a balance. */
class Unacceptable extends Error {
  readonly reason: string

  constructor(reason: string, detail: string) {
    super(detail)
    this.reason = reason
  }
}

const AMOUNT = /^\d{1,16}\.\d{2}$/
const FX_RATE = /^\d{1,10}(?:\.\d{1,8}0*)?$/
const RISK_SCORE = /^\d{1,3}(?:\.\d{1,2}0*)?$/

/** The UTC date of an event time, `2026-11-20`. */
export const dateOf = (ms: number): string => formatInstant(Math.floor(ms / DAY_MS) * DAY_MS).slice(0, 10)

/** Decodes a record of `fintech.transactions`, and quarantines one that breaks a rule. */
export type TransactionJudge = (record: ChangeRecord, at: { partition: number; offset: number }) => Decoded

export function transactionJudge(rules: QuarantineRules): TransactionJudge {
  const decode = rowDecoder((row) => ({ transaction: readTransaction(row), values: lakeValues(row) }))
  return (record, at) =>
    judged(() => {
      const decoded = decode(record)
      if (typeof decoded === 'string') return { kind: 'ignored', change: decoded }
      const { eventTimeMs, merchantCategory = null } = decoded.transaction
      const date = dateOf(eventTimeMs)
      const place = { event_date: date, kafka_partition: at.partition, kafka_offset: at.offset }
      const row = { ...decoded.values, merchant_category: merchantCategory, ...place }
      check(decoded.transaction, row, rules)
      return { kind: 'good', date, eventTimeMs, row }
    })
}

type LakeColumn = (typeof TRANSACTION_COLUMNS)[(typeof LAKE_COLUMNS)[number]]
type LakeValue = LakeRow[string]

/** What the lake has of a row, by its own columns' names. */
function lakeValues(row: RowReader): Record<string, LakeValue> {
  const values: Record<string, LakeValue> = {}
  for (const name of LAKE_COLUMNS) addValue(values, row, TRANSACTION_COLUMNS[name])
  return values
}

function addValue(values: Record<string, LakeValue>, row: RowReader, column: LakeColumn): void {
  if (column.kind === 'location') {
    const { country = null, city = null } = row.location(column)
    Object.assign(values, { country, city })
  } else {
    values[column.name] = lakeValue(row, column)
  }
}

function lakeValue(row: RowReader, column: Exclude<LakeColumn, { kind: 'location' }>): LakeValue {
  switch (column.kind) {
    case 'uuid':
      return row.optionalUuid(column) ?? null
    case 'money':
      return formatMinor(row.minor(column))
    case 'boolean':
      return row.flag(column)
    case 'texts':
      return [...row.texts(column)].sort().join(',')
    case 'instant':
      return formatInstant(row.eventTimeMs)
    default:
      return row.text(column) ?? null
  }
}

/** Decodes a record of `fintech.analytics.fraud_detection`. */
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
      amount_usd: matching(fields, 'amount_usd', AMOUNT),
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
    if (error instanceof MalformedRecord || error instanceof Unacceptable) {
      return { kind: 'quarantined', reason: error.reason, detail: error.message }
    }
    if (error instanceof InstantError) return { kind: 'quarantined', reason: error.code, detail: error.message }
    // No record may stop the lake, whatever goes wrong on the way.
    return { kind: 'quarantined', reason: 'undecodable', detail: `decoding failed: ${String(error)}` }
  }
}

/** @throws Unacceptable for what must not reach a balance. */
function check(t: Transaction, row: LakeRow, rules: QuarantineRules): void {
  if (t.accountId === undefined) throw new Unacceptable('missing_field', 'account_id is missing or null')
  if (t.currency === undefined || !rules.currencies.has(t.currency)) {
    throw new Unacceptable('unknown_currency', `currency is ${t.currency ?? 'missing'}`)
  }
  if (t.eventTimeMs < rules.earliestMs) {
    throw new Unacceptable('date_out_of_range', `created_at is ${formatInstant(t.eventTimeMs)}`)
  }
  matching(row, 'fx_rate', FX_RATE)
  matching(row, 'risk_score', RISK_SCORE)
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
  throw new Unacceptable('bad_decimal', `${name} is ${shown(value)}`)
}

function uuidOf(fields: Record<string, unknown>, name: string): string {
  const id = optionalUuid(fields, name)
  if (id === null) throw new Unacceptable('missing_field', `${name} is missing or null`)
  return id
}

function optionalUuid(fields: Record<string, unknown>, name: string): string | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  const uuid = parseUuid(value)
  if (uuid !== undefined) return uuid
  throw new Unacceptable('bad_uuid', `${name} is ${shown(value)}, not a UUID`)
}
