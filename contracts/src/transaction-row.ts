import { column, columns, type RowOf } from './columns.ts'
import { type RowReader } from './row-reader.ts'
import { CHANNELS, COMPLIANCE_FLAGS, RISK_LEVELS, TRANSACTION_STATUSES, TRANSACTION_TYPES } from './transaction.ts'

/**
 * The columns of `transactions`: the one declaration from which the decoders, the rows of tests, the lake's columns, the
 * API's schema and the table in the documents follow. `checks/e2e/migrations.e2e.ts` holds it against the database.
 */
export const TRANSACTION_COLUMNS = columns({
  transaction_id: column('uuid', {
    isUnique: true,
    example: '00000000-0000-4000-8000-000000000001',
    about: 'Primary key, made by whoever sends the transaction',
  }),
  customer_id: column('uuid', { example: '00000000-0000-4000-8000-000000000064' }),
  account_id: column('uuid', {
    example: '00000000-0000-4000-8000-0000000000c8',
    about: 'The account that pays, or is paid',
  }),
  to_account_id: column('uuid', {
    nullable: true,
    example: null,
    about: 'The account that receives: set on TRANSFER and WIRE_TRANSFER',
  }),
  merchant_id: column('uuid', { nullable: true, example: '00000000-0000-4000-8000-00000000012c' }),
  transaction_type: column('enumeration', { values: TRANSACTION_TYPES, example: 'PURCHASE' }),
  amount: column('money', { example: '25.00', about: 'In `currency`' }),
  currency: column('currency', { repeats: true, example: 'EUR', about: 'ISO 4217' }),
  fx_rate: column('rate', { example: '1.00000000', about: 'US dollars for one unit of the currency' }),
  amount_usd: column('money', { example: '25.00', about: 'US dollars: what rules and windows count' }),
  fee_amount: column('money', { example: '0.00', about: 'US dollars' }),
  status: column('enumeration', { values: TRANSACTION_STATUSES, example: 'COMPLETED' }),
  channel: column('enumeration', { nullable: true, values: CHANNELS, repeats: true, example: 'POS' }),
  merchant_category: column('text', { nullable: true, repeats: true, example: 'GROCERY' }),
  mcc: column('code', { nullable: true, example: '5411', about: 'Merchant category code' }),
  transaction_location: column('location', {
    nullable: true,
    example: '{"country":"DE","city":"Berlin","lat":52.52,"lon":13.405}',
    about: '`{country, city, lat, lon}`',
  }),
  is_cross_border: column('boolean', { example: false }),
  device_fingerprint: column('text', { nullable: true, example: 'device-1' }),
  ip_address: column('address', { nullable: true, example: '192.0.2.1' }),
  risk_score: column('score', { example: '5.00', about: '0 to 100' }),
  risk_level: column('enumeration', { values: RISK_LEVELS, example: 'LOW' }),
  compliance_flags: column('texts', { values: COMPLIANCE_FLAGS, example: [] }),
  original_transaction_id: column('uuid', {
    nullable: true,
    example: null,
    about: 'What a REFUND or CHARGEBACK takes back',
  }),
  created_at: column('instant', { example: '2026-11-20T13:31:00.000Z', about: 'Event time' }),
})

const c = TRANSACTION_COLUMNS

/** What the jobs read of a row, checked once and trusted from here on. Absent values are `undefined`. */
export function readTransaction(row: RowReader) {
  const merchantId = row.optionalUuid(c.merchant_id)
  const location = row.location(c.transaction_location)
  return {
    transactionId: row.uuid(c.transaction_id),
    customerId: row.uuid(c.customer_id),
    accountId: row.optionalUuid(c.account_id),
    merchantId,
    /** Only together with a merchant. */
    merchantCategory: merchantId === undefined ? undefined : row.text(c.merchant_category),
    type: row.oneOf(c.transaction_type),
    status: row.oneOf(c.status),
    riskLevel: row.oneOf(c.risk_level),
    amountUsdMinor: row.minor(c.amount_usd),
    feeMinor: row.minor(c.fee_amount),
    currency: row.text(c.currency),
    /** Any text: an unknown channel is no reason to refuse a record. */
    channel: row.text(c.channel),
    country: location.country,
    city: location.city,
    deviceFingerprint: row.text(c.device_fingerprint),
    isCrossBorder: row.flag(c.is_cross_border),
    /** Each flag once, in the row's order. */
    complianceFlags: row.texts(c.compliance_flags),
    eventTimeMs: row.eventTimeMs,
    /** When the row's change was committed, as its database says. */
    changedAtMs: row.changedAtMs,
  }
}
export type Transaction = ReturnType<typeof readTransaction>

/** The fields that a change record has beside the row's. */
export interface ChangeFields {
  __op: 'r' | 'c' | 'u' | 'd'
  __source_lsn: number
  __source_ts_ms: number
  __deleted?: 'true' | 'false'
}

/** A row of `transactions` as it comes through `fintech.transactions`: flat, with the change's own fields. */
export type TransactionRow = RowOf<typeof TRANSACTION_COLUMNS> & ChangeFields
