import { SECOND_MS } from './time.ts'

export const TRANSACTION_TYPES = [
  'PURCHASE',
  'PAYMENT',
  'TRANSFER',
  'WIRE_TRANSFER',
  'WITHDRAWAL',
  'DEPOSIT',
  'REFUND',
  'CHARGEBACK',
] as const
export const TRANSACTION_STATUSES = ['COMPLETED', 'PENDING', 'FAILED', 'DECLINED'] as const
export const CHANNELS = ['MOBILE', 'WEB', 'ATM', 'POS', 'BRANCH'] as const
export const RISK_LEVELS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
/** Of customers, the largest group first. */
export const CUSTOMER_TIERS = ['BASIC', 'PREMIUM', 'VIP', 'ENTERPRISE'] as const
export const COMPLIANCE_FLAGS = [
  'HIGH_VALUE',
  'HIGH_RISK',
  'STRUCTURING_SUSPECTED',
  'SANCTIONS_CHECK_REQUIRED',
] as const

export type TransactionType = (typeof TRANSACTION_TYPES)[number]
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number]
export type Channel = (typeof CHANNELS)[number]
export type RiskLevel = (typeof RISK_LEVELS)[number]
export type CustomerTier = (typeof CUSTOMER_TIERS)[number]
export type ComplianceFlag = (typeof COMPLIANCE_FLAGS)[number]

/** How far an event time may lie ahead of the row's change time, before one wrong clock closes everybody's windows. */
export const FUTURE_MAX_MS = 60 * SECOND_MS

/** A row of `transactions` as it comes through `fintech.transactions`: flat, with the change's own fields. */
export interface TransactionRow {
  transaction_id: string
  customer_id: string
  account_id: string
  to_account_id: string | null
  merchant_id: string | null
  transaction_type: TransactionType
  amount: string
  currency: string
  fx_rate: string
  amount_usd: string
  fee_amount: string
  status: TransactionStatus
  channel: Channel | null
  merchant_category: string | null
  mcc: string | null
  /** JSON text: `{country, city, lat, lon}`. */
  transaction_location: string | null
  is_cross_border: boolean
  device_fingerprint: string | null
  ip_address: string | null
  risk_score: string
  risk_level: RiskLevel
  compliance_flags: string[] | null
  original_transaction_id: string | null
  created_at: string
  __op: 'r' | 'c' | 'u' | 'd'
  __source_lsn: number
  __source_ts_ms: number
  __deleted?: 'true' | 'false'
}

/** What the jobs read of a transaction, parsed once and trusted from here on. Absent values are `undefined`. */
export interface Transaction {
  transactionId: string
  customerId: string
  accountId: string | undefined
  merchantId: string | undefined
  /** Only together with a merchant. */
  merchantCategory: string | undefined
  type: TransactionType
  status: TransactionStatus
  riskLevel: RiskLevel
  amountUsdMinor: number
  feeMinor: number
  currency: string | undefined
  channel: string | undefined
  country: string | undefined
  city: string | undefined
  deviceFingerprint: string | undefined
  isCrossBorder: boolean
  /** Each flag once, in the row's order. */
  complianceFlags: readonly string[]
  eventTimeMs: number
  /** When the row's change was committed, as its database says. */
  changedAtMs: number
}

export type MalformedReason =
  | 'not_json'
  | 'not_an_object'
  | 'unknown_op'
  | 'missing_field'
  | 'bad_uuid'
  | 'bad_time'
  | 'bad_decimal'
  | 'too_many_digits'
  | 'out_of_range'
  | 'negative_amount'
  | 'unknown_value'
  | 'event_time_in_future'

/** A record that cannot be counted: it goes to the dead-letter topic with this reason. */
export class MalformedRecord extends Error {
  readonly reason: MalformedReason

  constructor(reason: MalformedReason, detail: string) {
    super(detail)
    this.name = 'MalformedRecord'
    this.reason = reason
  }
}

/** Changes that are no creation: counted in a metric, never in a result. */
export type IgnoredChange = 'update' | 'delete'
