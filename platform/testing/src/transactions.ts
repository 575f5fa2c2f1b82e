import {
  type RowOf,
  type Transaction,
  TRANSACTION_COLUMNS,
  transactionDecoder,
  type TransactionRow,
} from '@fintech-streams/contracts'

/** The event time of a built transaction: a Friday at 13:31 UTC, an hour that no rule finds unusual. */
export const BASE_TIME_MS = Date.parse(TRANSACTION_COLUMNS.created_at.example)

/** A UUID that tells its number, for ids in tests: `id(7)` ends in `…0007`. */
export const id = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`

const EXAMPLE = Object.fromEntries(
  Object.values(TRANSACTION_COLUMNS).map(({ name, example }) => [name, example]),
) as RowOf<typeof TRANSACTION_COLUMNS>

/**
 * A row of `fintech.transactions`, made of the columns' examples: a completed purchase of 25.00 at a merchant in Berlin, no
 * risk, no flags. Its change time follows `created_at` unless given.
 */
export function buildRow(overrides: Partial<TransactionRow> = {}): TransactionRow {
  return {
    ...EXAMPLE,
    __op: 'c',
    __source_lsn: 1,
    __source_ts_ms: Date.parse(overrides.created_at ?? EXAMPLE.created_at),
    ...overrides,
  }
}

/** The same purchase as the decoder gives it; its change time follows the event time unless given. */
export function buildTransaction(overrides: Partial<Transaction> = {}): Transaction {
  return { ...transaction, changedAtMs: overrides.eventTimeMs ?? BASE_TIME_MS, ...overrides }
}

const transaction = decoded(buildRow())

function decoded(row: TransactionRow): Transaction {
  const transaction = transactionDecoder()({ value: Buffer.from(JSON.stringify(row)), timestampMs: BASE_TIME_MS })
  if (typeof transaction === 'string') throw new Error(`the row of examples is a ${transaction}`)
  return transaction
}
