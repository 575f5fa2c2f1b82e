import { formatInstant, formatMinor } from '@fintech-streams/contracts'
import {
  type Change,
  type FraudAlert,
  type NewAccount,
  type NewCustomer,
  type NewMerchant,
  type Posting,
  type TransactionContext,
  type TransactionRecord,
} from './records.ts'

/**
 * Rows as the tables and the events' payloads spell them: a column's name to its value as JSON has it, money as a
 * decimal string and time as ISO-8601. The order of the names is the order of the columns in `COPY`.
 */
export type Row = Readonly<Record<string, RowValue>>
export type RowValue = string | number | boolean | null | readonly string[] | object

export function transactionRow(t: TransactionRecord) {
  return {
    transaction_id: t.transactionId,
    customer_id: t.customerId,
    account_id: t.accountId,
    to_account_id: t.toAccountId,
    merchant_id: t.merchantId,
    transaction_type: t.type,
    amount: formatMinor(t.amountMinor),
    currency: t.currency,
    fx_rate: formatE8(t.fxRateE8),
    amount_usd: formatMinor(t.amountUsdMinor),
    fee_amount: formatMinor(t.feeMinor),
    status: t.status,
    channel: t.channel,
    merchant_category: t.merchantCategory,
    mcc: t.mcc,
    transaction_location: t.location,
    is_cross_border: t.isCrossBorder,
    device_fingerprint: t.deviceFingerprint,
    ip_address: t.ipAddress,
    risk_score: t.riskScore.toFixed(2),
    risk_level: t.riskLevel,
    compliance_flags: t.complianceFlags,
    original_transaction_id: t.originalTransactionId,
    created_at: formatInstant(t.createdAtMs),
  }
}

/** What a transaction's event says beside the row: who, from which account and where, without contact data. */
export function contextFields({ customer, account, merchant }: TransactionContext) {
  return {
    customer: {
      tier: customer.tier,
      risk_score: customer.riskScore.toFixed(2),
      country: customer.country,
      city: customer.city,
    },
    account: {
      account_type: account.type,
      currency: account.currency,
      credit_limit: formatMinor(account.creditLimitMinor),
    },
    merchant:
      merchant === null
        ? null
        : { name: merchant.name, category: merchant.category, country: merchant.country, city: merchant.city },
  }
}

export function balanceRow(posting: Posting, transaction: TransactionRecord, balanceMinor: number) {
  return {
    account_id: posting.accountId,
    transaction_id: transaction.transactionId,
    balance: formatMinor(balanceMinor),
    available_balance: formatMinor(balanceMinor + posting.creditLimitMinor - posting.pendingDebitsMinor),
    pending_debits: formatMinor(posting.pendingDebitsMinor),
    recorded_at: formatInstant(transaction.createdAtMs),
  }
}

export function alertRow(alert: FraudAlert, transaction: TransactionRecord) {
  return {
    alert_id: alert.alertId,
    transaction_id: transaction.transactionId,
    customer_id: transaction.customerId,
    alert_type: alert.alertType,
    severity: alert.severity,
    confidence_score: alert.confidenceScore.toFixed(3),
    rules_triggered: alert.rulesTriggered,
    status: 'OPEN',
    created_at: formatInstant(transaction.createdAtMs),
  }
}

export function labelRow({ transaction, typology }: Change) {
  return { transaction_id: transaction.transactionId, typology }
}

export function customerRow(c: NewCustomer) {
  const createdAt = formatInstant(c.createdAtMs)
  return {
    customer_id: c.customerId,
    first_name: c.firstName,
    last_name: c.lastName,
    email: c.email,
    phone: c.phone,
    date_of_birth: c.dateOfBirth,
    address: c.address,
    city: c.city,
    country: c.country,
    tier: c.tier,
    risk_score: c.riskScore.toFixed(2),
    credit_score: c.creditScore,
    kyc_status: c.kycStatus,
    created_at: createdAt,
    updated_at: createdAt,
  }
}

export function accountRow(a: NewAccount) {
  const createdAt = formatInstant(a.createdAtMs)
  return {
    account_id: a.accountId,
    customer_id: a.customerId,
    account_type: a.type,
    status: a.status,
    currency: a.currency,
    balance: formatMinor(a.balanceMinor),
    credit_limit: formatMinor(a.creditLimitMinor),
    interest_rate: a.interestRate.toFixed(4),
    created_at: createdAt,
    updated_at: createdAt,
  }
}

export function merchantRow(m: NewMerchant) {
  const createdAt = formatInstant(m.createdAtMs)
  return {
    merchant_id: m.merchantId,
    name: m.name,
    business_type: m.businessType,
    category: m.category,
    mcc: m.mcc,
    address: m.address,
    city: m.city,
    country: m.country,
    risk_level: m.riskLevel,
    created_at: createdAt,
    updated_at: createdAt,
  }
}

/** A row of `outbox`. It is stamped by the database when it is written; event times are in the payload. */
export function eventRow(aggregateType: string, aggregateId: string, eventType: string, id: string, payload: Row) {
  return { id, aggregate_type: aggregateType, aggregate_id: aggregateId, event_type: eventType, payload }
}

/** Writes units of 10^-8 as a decimal string with eight digits. */
export function formatE8(value: number): string {
  const digits = String(Math.abs(value)).padStart(9, '0')
  return `${value < 0 ? '-' : ''}${digits.slice(0, -8)}.${digits.slice(-8)}`
}
