import { FUTURE_MAX_MS, type TransactionType } from './transaction.ts'

/**
 * What a transaction from outside must be beyond the form of its fields. Whoever takes some asks the same: the API, an
 * import, and the lake, so what is taken is also reconciled.
 */

/** What is older is taken by nobody: times before it come from clocks that were never set. */
export const EARLIEST_MS = Date.UTC(2015, 0, 1)
/** A clock may be ahead by half of what the streams accept, so that the way there does not make it too much. */
export const AHEAD_MAX_MS = FUTURE_MAX_MS / 2
/** 13 digits before the point: within what integers of cents hold exactly. */
export const AMOUNT_MAX_MINOR = 999_999_999_999_999
/** ISO 4217 codes that are taken. */
export const CURRENCIES_TAKEN: readonly string[] = (
  'USD EUR GBP CHF CAD AUD SGD JPY SEK NOK DKK PLN CZK HUF ' + 'CNY INR RUB MXN BRL SAR ILS'
).split(' ')
/** Printable, without spaces. */
export const DEVICE_PATTERN = '^[!-~]{1,200}$'
/** No control characters, which a database may not store. */
export const CITY_PATTERN = '^[^\\u0000-\\u001f\\u007f]{1,100}$'

const TRANSFERS: ReadonlySet<string> = new Set<TransactionType>(['TRANSFER', 'WIRE_TRANSFER'])
const REVERSALS: ReadonlySet<string> = new Set<TransactionType>(['REFUND', 'CHARGEBACK'])

/** A field that is wrong, and why, such as `is not for a PURCHASE`. */
export interface Fault {
  field: string
  message: string
}

/** The first field that does not go with the type. */
export function unfit(
  type: TransactionType,
  { toAccountId, originalTransactionId }: { toAccountId: unknown; originalTransactionId: unknown },
): Fault | undefined {
  const isTransfer = TRANSFERS.has(type)
  if (isTransfer && toAccountId === undefined) return { field: 'to_account_id', message: `is needed for a ${type}` }
  if (!isTransfer && toAccountId !== undefined) return { field: 'to_account_id', message: `is not for a ${type}` }
  if (!REVERSALS.has(type) && originalTransactionId !== undefined) {
    return { field: 'original_transaction_id', message: `is not for a ${type}` }
  }
  return undefined
}

/** What is wrong with an event time, by the clock here. */
export function untimely(atMs: number, nowMs: number): Fault | undefined {
  const now = new Date(nowMs).toISOString()
  if (atMs > nowMs + AHEAD_MAX_MS) return { field: 'created_at', message: `is ahead of the clock here, ${now}` }
  if (atMs < EARLIEST_MS) return { field: 'created_at', message: 'is before 2015' }
  return undefined
}
