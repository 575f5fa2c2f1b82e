import {
  CUSTOMER_TIERS,
  type CustomerTier,
  type Channel,
  type ComplianceFlag,
  type RiskLevel,
  type TransactionStatus,
  type TransactionType,
} from '@fintech-streams/contracts'

/** The rows of the ledger as values: money in minor units, times in milliseconds. `rows.ts` spells them. */

/** Where a transaction happened, as `transaction_location` holds it. */
export interface Location {
  country: string
  city: string | null
  /** Degrees. */
  lat: number | null
  lon: number | null
}

export const TIERS = CUSTOMER_TIERS
export type Tier = CustomerTier

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

export type AccountType = 'CHECKING' | 'SAVINGS' | 'CREDIT' | 'BUSINESS'

export interface Account {
  accountId: string
  customerId: string
  type: AccountType
  status: 'ACTIVE' | 'FROZEN' | 'CLOSED'
  currency: string
  /** As it was read; the database's own balance is the one that counts. */
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
  /** What this account's pending transactions hold, this one included, as far as the caller knows them. */
  pendingDebitsMinor: number
  creditLimitMinor: number
}

export interface FraudAlert {
  alertId: string
  alertType: string
  severity: RiskLevel
  /** 0.5 to 1, three digits. */
  confidenceScore: number
  rulesTriggered: string[]
}

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
  postings: Posting[]
  alert: FraudAlert | null
  /** What kind of fraud the transaction is known to be; null where nobody says. */
  typology: string | null
}
