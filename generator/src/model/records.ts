import {
  type Channel,
  type ComplianceFlag,
  type RiskLevel,
  type TransactionStatus,
  type TransactionType,
} from '@fintech-streams/contracts'
import { type Tier } from './tiers.ts'

/**
 * The rows that the generator writes, as values: money in minor units, times in milliseconds. `write/` knows how they
 * become rows and JSON, the model does not.
 */

/** Where a transaction happened, as `transaction_location` holds it. */
export interface Location {
  country: string
  city: string | null
  /** Degrees. */
  lat: number | null
  lon: number | null
}

/** What transactions need to know of a customer. */
export interface Customer {
  customerId: string
  tier: Tier
  /** 0 to 100, two digits. */
  riskScore: number
  country: string
  city: string
}

/** A customer as it is created, contact data included. */
export interface NewCustomer extends Customer {
  firstName: string
  lastName: string
  email: string
  phone: string
  /** `1990-12-31`. */
  dateOfBirth: string
  address: string
  creditScore: number
  kycStatus: 'PENDING' | 'VERIFIED'
  createdAtMs: number
}

export const ACCOUNT_TYPES = ['CHECKING', 'SAVINGS', 'CREDIT', 'BUSINESS'] as const
export type AccountType = (typeof ACCOUNT_TYPES)[number]

/** An account; `balanceMinor` moves with its transactions. */
export interface Account {
  accountId: string
  customerId: string
  type: AccountType
  currency: string
  balanceMinor: number
  creditLimitMinor: number
}

export interface NewAccount extends Account {
  /** Per year, as a part: 0.0125 is 1.25 %. */
  interestRate: number
  createdAtMs: number
}

export interface Merchant {
  merchantId: string
  name: string
  category: string
  mcc: string
  country: string
  city: string
}

export interface NewMerchant extends Merchant {
  businessType: string
  address: string
  riskLevel: RiskLevel
  createdAtMs: number
}

/** A row of `transactions`. */
export interface TransactionRecord {
  transactionId: string
  customerId: string
  accountId: string
  toAccountId: string | null
  merchantId: string | null
  type: TransactionType
  amountMinor: number
  currency: string
  /** Dollars for one unit of the currency, in units of 10^-8. */
  fxRateE8: number
  amountUsdMinor: number
  /** US cents. */
  feeMinor: number
  status: TransactionStatus
  channel: Channel | null
  merchantCategory: string | null
  mcc: string | null
  location: Location | null
  isCrossBorder: boolean
  deviceFingerprint: string | null
  ipAddress: string | null
  /** 0 to 100, two digits. */
  riskScore: number
  riskLevel: RiskLevel
  complianceFlags: ComplianceFlag[]
  originalTransactionId: string | null
  createdAtMs: number
}

/** What a transaction does to one account: a row of `account_balances` and a change of the account's balance. */
export interface Posting {
  accountId: string
  currency: string
  /** Added to the balance; 0 where the transaction only holds an amount. */
  deltaMinor: number
  /** All that this account's pending transactions hold, this one included. */
  pendingDebitsMinor: number
  creditLimitMinor: number
  /** Id of the outbox event that tells about it. */
  eventId: string
}

export interface FraudAlert {
  alertId: string
  alertType: string
  severity: RiskLevel
  /** 0.5 to 1, three digits. */
  confidenceScore: number
  rulesTriggered: string[]
  /** Id of the outbox event that tells about it. */
  eventId: string
}

export const TYPOLOGIES = [
  'ACCOUNT_TAKEOVER',
  'CARD_TESTING',
  'STRUCTURING',
  'MULE_FAN_IN',
  'IMPOSSIBLE_TRAVEL',
  'VELOCITY_BURST',
] as const
export type Typology = (typeof TYPOLOGIES)[number]

/** The parts of a customer, an account and a merchant that a transaction's event carries for its readers' context. */
export interface TransactionContext {
  customer: Customer
  account: Account
  merchant: Merchant | null
}

/** One business transaction with everything that it changes: written whole in one database transaction, or not. */
export interface Change {
  transaction: TransactionRecord
  context: TransactionContext
  /** Id of the outbox event that tells about the transaction. */
  eventId: string
  postings: Posting[]
  alert: FraudAlert | null
  /** Set where this transaction is known to be fraudulent: one of `TYPOLOGIES`, or what an imported file calls it. */
  typology: string | null
}

/** A row of `customer_sessions`, written when the session is over. */
export interface Session {
  sessionId: string
  customerId: string
  channel: Channel
  deviceType: string
  deviceFingerprint: string
  ipAddress: string
  location: Location | null
  actionsCount: number
  startedAtMs: number
  endedAtMs: number
}

export type QuoteKind = 'FX' | 'STOCK' | 'INDEX' | 'CRYPTO'

/** A row of `market_data`. Prices are in units of 10^-8. */
export interface Quote {
  symbol: string
  kind: QuoteKind
  priceE8: number
  changeE8: number
  /** Whole units traded since the quote before. */
  volume: number
  /** Whole dollars, null where the symbol has none. */
  marketCap: number | null
  recordedAtMs: number
}
