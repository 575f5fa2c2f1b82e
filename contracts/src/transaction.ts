import { SECOND_MS } from './time.ts'

/** Values of columns and results that come from a fixed list. This is the only place that spells them. */

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

/** How far an event time may lie ahead of the row's change time: one wrong clock must not close everybody's windows. */
export const FUTURE_MAX_MS = 60 * SECOND_MS

/** Types that name an account which receives the money. */
export const TRANSFER_TYPES = ['TRANSFER', 'WIRE_TRANSFER'] as const satisfies readonly TransactionType[]
/** Types that may name the transaction which they take back. */
export const REVERSAL_TYPES = ['REFUND', 'CHARGEBACK'] as const satisfies readonly TransactionType[]
