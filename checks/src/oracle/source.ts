import { type CommittedRecord } from '@fintech-streams/audit'
import { type TransactionStatus, type TransactionType, type RiskLevel } from '@fintech-streams/contracts'

/** A record of `fintech.transactions` as the broker holds it. */
export type SourceRecord = CommittedRecord

/** A creation or snapshot row as this recomputation understands it. Absent values are `null`. */
export interface OracleTransaction {
  transactionId: string
  customerId: string
  accountId: string | null
  merchantId: string | null
  /** Only together with a merchant. */
  category: string | null
  type: TransactionType
  status: TransactionStatus
  riskLevel: RiskLevel
  amountMinor: bigint
  feeMinor: bigint
  currency: string | null
  channel: string | null
  country: string | null
  city: string | null
  device: string | null
  isCrossBorder: boolean
  /** Each flag once. */
  flags: readonly string[]
  eventTimeMs: number
  /** When the row was committed. */
  changedAtMs: number
}

/**
 * A step of a partition's watermark by wall time, to be applied before the record at `offset` (or after the last
 * record). The log does not hold these steps, so whoever verifies a run in which they happened must bring them.
 */
export interface IdleStep {
  offset: number
  watermarkMs: number
  /** Wall time by which it had been taken; with it the step is checked against the pace of wall time. */
  takenAtMs?: number
}
