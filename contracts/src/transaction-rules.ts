import { seconds } from './time.ts'
import { type TransactionType } from './transaction.ts'

/**
 * What a transaction from outside must be beyond the form of its fields. Whoever takes some asks the same: the API, an
 * import, and the lake, so what is taken is also reconciled.
 */

/** What is older is taken by nobody: times before it come from clocks that were never set. */
export const EARLIEST_MS = Date.UTC(2015, 0, 1)
/** How far a sender's clock may be ahead: as much disorder as a stream expects, so it makes nobody else late. */
export const AHEAD_MAX_MS = seconds(5)
/** 13 digits before the point: within what integers of cents hold exactly. */
export const AMOUNT_MAX_MINOR = 999_999_999_999_999
/**
 * Ten digits before the point, in US dollars, for a transaction and for a fee. Nine million of the largest add up to less
 * than a bigint of cents holds, and a million of them to less than numeric(18,2) holds.
 */
export const AMOUNT_USD_MAX_MINOR = 999_999_999_999

/** The ISO 4217 codes that are taken, with the US dollars for one unit until the market has a price. */
export const BASE_RATES: Readonly<Record<string, number>> = {
  USD: 1,
  EUR: 1.085,
  GBP: 1.27,
  CHF: 1.13,
  CAD: 0.735,
  AUD: 0.66,
  SGD: 0.745,
  JPY: 0.0066,
  SEK: 0.0945,
  NOK: 0.0925,
  DKK: 0.1455,
  PLN: 0.252,
  CZK: 0.0432,
  HUF: 0.00275,
  CNY: 0.1385,
  INR: 0.0119,
  RUB: 0.0112,
  MXN: 0.0545,
  BRL: 0.178,
  SAR: 0.2666,
  ILS: 0.272,
}
export const CURRENCIES_TAKEN: readonly string[] = Object.keys(BASE_RATES)

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
