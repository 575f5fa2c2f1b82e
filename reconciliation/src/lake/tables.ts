import { COLUMN_KINDS, TRANSACTION_COLUMNS } from '@fintech-streams/contracts'

/** Columns of the lake's tables and their types, which DuckDB, Parquet and Spark read alike. */
export type Columns = Readonly<Record<string, string>>

/** The columns of `transactions` that the lake has. A location is a country and a city there. */
export const LAKE_COLUMNS = [
  'transaction_id',
  'customer_id',
  'account_id',
  'to_account_id',
  'merchant_id',
  'transaction_type',
  'amount',
  'currency',
  'fx_rate',
  'amount_usd',
  'fee_amount',
  'status',
  'channel',
  'merchant_category',
  'mcc',
  'transaction_location',
  'is_cross_border',
  'risk_score',
  'risk_level',
  'compliance_flags',
  'original_transaction_id',
  'created_at',
] as const satisfies readonly (keyof typeof TRANSACTION_COLUMNS)[]

const TRANSACTION: Columns = {
  ...Object.fromEntries(
    LAKE_COLUMNS.flatMap((name) => {
      const type = COLUMN_KINDS[TRANSACTION_COLUMNS[name].kind].lake
      return type === undefined ? ['country', 'city'].map((part) => [part, 'VARCHAR']) : [[name, type]]
    }),
  ),
  event_date: 'DATE',
  kafka_partition: 'INTEGER',
  kafka_offset: 'BIGINT',
}

const VERDICT: Columns = {
  transaction_id: 'VARCHAR',
  customer_id: 'VARCHAR',
  account_id: 'VARCHAR',
  amount_usd: 'DECIMAL(18,2)',
  verdict: 'VARCHAR',
  fraud_score: 'DOUBLE',
  /** JSON. */
  evidence: 'VARCHAR',
  rule_version: 'VARCHAR',
  event_time: 'TIMESTAMP WITH TIME ZONE',
  event_date: 'DATE',
  kafka_partition: 'INTEGER',
  kafka_offset: 'BIGINT',
}

const QUARANTINE: Columns = {
  topic: 'VARCHAR',
  kafka_partition: 'INTEGER',
  kafka_offset: 'BIGINT',
  record_time: 'TIMESTAMP WITH TIME ZONE',
  reason: 'VARCHAR',
  detail: 'VARCHAR',
  /** The record's value as text, whatever it is. */
  record: 'VARCHAR',
  event_date: 'DATE',
}

const STATEMENT_LINE: Columns = {
  /** The first twelve digits of the file's SHA-256, and the line's number: short, as it is joined and sorted by. */
  line_id: 'VARCHAR',
  /** SHA-256 of the file. */
  file_id: 'VARCHAR',
  line_number: 'INTEGER',
  bank_id: 'VARCHAR',
  /** IBAN or number of the account; empty where the file has none. */
  account: 'VARCHAR',
  /** The bank's own reference of the line, or one that was made for it. */
  bank_reference: 'VARCHAR',
  /** CRDT: to the customer; DBIT: from the customer. */
  direction: 'VARCHAR',
  amount: 'DECIMAL(18,2)',
  currency: 'VARCHAR',
  value_date: 'DATE',
  booking_date: 'DATE',
  counterparty: 'VARCHAR',
  /** The transaction that the line names, where it names one of ours and no other. */
  reference: 'VARCHAR',
  /**
   * How many payments the line names: none, one, or those of a batch. The payments that a batch names are rows of their
   * own; where they are fewer, it does not name the others.
   */
  reference_count: 'INTEGER',
}

/** The payments that a batch names. */
const STATEMENT_REFERENCE: Columns = {
  line_id: 'VARCHAR',
  bank_id: 'VARCHAR',
  /** Null where the name is none of ours. */
  transaction_id: 'VARCHAR',
  /** The payment's part of the line, where the bank says it. */
  amount: 'DECIMAL(18,2)',
}

const STATEMENT_REJECT: Columns = {
  file_id: 'VARCHAR',
  line_number: 'INTEGER',
  bank_id: 'VARCHAR',
  reason: 'VARCHAR',
  line: 'VARCHAR',
}

/** The lake's raw tables. Transactions and verdicts are partitioned by event date. */
export const RAW_TABLES = {
  transactions: TRANSACTION,
  fraud_verdicts: VERDICT,
  /** By the date on which the record was written to Kafka. */
  quarantine: QUARANTINE,
  /** The statement tables: by the statement's date. */
  statement_lines: STATEMENT_LINE,
  statement_references: STATEMENT_REFERENCE,
  statement_rejects: STATEMENT_REJECT,
} as const

export type RawTable = keyof typeof RAW_TABLES

/** A row of a lake table as JSON: money is a decimal string, times and dates are ISO-8601. */
export type LakeRow = Readonly<Record<string, string | number | boolean | null>>
