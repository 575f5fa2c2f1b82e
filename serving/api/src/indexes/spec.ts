/** One index as the API reads it. Its columns are those of the view, its readers those that the view is granted to. */
export interface IndexSpec {
  /** The columns that order it, equal for no two rows; the first is its date. */
  readonly key: readonly string[]
  readonly filters: readonly FilterName[]
}

/** Columns that a request may ask one value of. */
export const FILTERS = [
  'bank_id',
  'currency',
  'status',
  'reason',
  'rule',
  'transaction_id',
  'merchant_id',
  'customer_id',
  'merchant_category',
  'file_id',
  'is_refused',
  'is_anomalous',
  'has_repeated_declines',
  'payout_date',
  'payout_status',
  'verdict',
  'risk_level',
  'kyc_status',
] as const
export type FilterName = (typeof FILTERS)[number]

export const INDEXES = {
  reconciliation_index: {
    key: ['business_date', 'entry_id'],
    filters: ['bank_id', 'currency', 'status', 'reason', 'rule', 'transaction_id'],
  },
  reconciliation_totals: {
    key: ['business_date', 'bank_id', 'currency', 'status'],
    filters: ['bank_id', 'currency', 'status'],
  },
  split_lines: {
    key: ['business_date', 'transaction_id', 'line_id'],
    filters: ['bank_id', 'currency', 'transaction_id'],
  },
  statement_files: { key: ['business_date', 'file_id'], filters: ['is_refused'] },
  rejected_lines: { key: ['business_date', 'file_id', 'line_number'], filters: ['file_id', 'bank_id'] },
  merchant_index: { key: ['business_date', 'merchant_id'], filters: ['merchant_id', 'is_anomalous', 'risk_level'] },
  user_spend_index: {
    key: ['business_date', 'customer_id', 'merchant_category'],
    filters: ['customer_id', 'merchant_category', 'has_repeated_declines'],
  },
  settlement_index: { key: ['business_date', 'merchant_id'], filters: ['merchant_id', 'payout_date', 'payout_status'] },
  compliance_index: {
    key: ['business_date', 'transaction_id'],
    filters: ['transaction_id', 'customer_id', 'status', 'verdict', 'risk_level', 'kyc_status'],
  },
  fraud_index: {
    key: ['business_date', 'transaction_id'],
    filters: ['transaction_id', 'customer_id', 'merchant_id', 'verdict', 'status'],
  },
  ops_index: { key: ['business_date', 'minute'], filters: [] },
} as const satisfies Readonly<Record<string, IndexSpec>>

export type IndexName = keyof typeof INDEXES
export const INDEX_NAMES = Object.keys(INDEXES) as IndexName[]

/** The business functions, each a role of Postgres by the same name; whoever has several reads as the one that sees most. */
export const BUSINESS_ROLES = [
  'admin',
  'compliance',
  'fraud_analyst',
  'finance',
  'treasury',
  'partnerships',
  'marketing',
  'operations',
] as const
export type BusinessRole = (typeof BUSINESS_ROLES)[number]
