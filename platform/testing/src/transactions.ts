import { formatInstant, formatMinor, type Transaction, type TransactionRow } from '@fintech-streams/contracts'
import { CustomerPattern } from '@fintech-streams/engine'

/** The event time of a built transaction: a Friday at 13:31 UTC, an hour that no rule finds unusual. */
export const BASE_TIME_MS = Date.UTC(2026, 10, 20, 13, 31)

/** A UUID that tells its number, for ids in tests: `id(7)` ends in `…0007`. */
export const id = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`

/** A transaction as the decoder gives it: a completed purchase of 25.00 at a merchant in Berlin, no risk, no flags. */
export function buildTransaction(overrides: Partial<Transaction> = {}): Transaction {
  return {
    transactionId: id(1),
    customerId: id(100),
    accountId: id(200),
    merchantId: id(300),
    merchantCategory: 'GROCERY',
    type: 'PURCHASE',
    status: 'COMPLETED',
    riskLevel: 'LOW',
    amountUsdMinor: 25_00,
    feeMinor: 0,
    currency: 'EUR',
    channel: 'POS',
    country: 'DE',
    city: 'Berlin',
    deviceFingerprint: 'device-1',
    isCrossBorder: false,
    complianceFlags: [],
    eventTimeMs: BASE_TIME_MS,
    changedAtMs: overrides.eventTimeMs ?? BASE_TIME_MS,
    ...overrides,
  }
}

/** The same purchase as a row of `fintech.transactions`; its change time follows `created_at` unless given. */
export function buildRow(overrides: Partial<TransactionRow> = {}): TransactionRow {
  const createdAt = overrides.created_at ?? formatInstant(BASE_TIME_MS)
  return {
    transaction_id: id(1),
    customer_id: id(100),
    account_id: id(200),
    to_account_id: null,
    merchant_id: id(300),
    transaction_type: 'PURCHASE',
    amount: formatMinor(25_00),
    currency: 'EUR',
    fx_rate: '1.00000000',
    amount_usd: formatMinor(25_00),
    fee_amount: '0.00',
    status: 'COMPLETED',
    channel: 'POS',
    merchant_category: 'GROCERY',
    mcc: '5411',
    transaction_location: JSON.stringify({ country: 'DE', city: 'Berlin', lat: 52.52, lon: 13.405 }),
    is_cross_border: false,
    device_fingerprint: 'device-1',
    ip_address: '192.0.2.1',
    risk_score: '5.00',
    risk_level: 'LOW',
    compliance_flags: [],
    original_transaction_id: null,
    created_at: createdAt,
    __op: 'c',
    __source_lsn: 1,
    __source_ts_ms: Date.parse(createdAt),
    ...overrides,
  }
}

/** The pattern of a customer who made these transactions, in this order. */
export function learned(transactions: Iterable<Transaction>): CustomerPattern {
  const pattern = new CustomerPattern()
  for (const tx of transactions) pattern.learn(tx)
  return pattern
}
