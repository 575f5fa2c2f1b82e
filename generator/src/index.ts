/**
 * The write path of a transaction, for other programs that record some: build a `Change` with `changeOf` (or read its
 * parties first with `readParties`), and hand it to `writeNew`.
 */
export { changeOf, crossesBorder, type Facts, type FxRates, isDebit } from './model/change.ts'
export { feeMinor } from './model/draft.ts'
export { divideE8, Market, multiplyE8 } from './model/market.ts'
export type { Account, Change, Customer, Location, Merchant, Posting, TransactionRecord } from './model/records.ts'
export { Random } from './random.ts'
export { type Parties, readLatestPrices, readParties } from './write/reference.ts'
export { transactionRow } from './write/rows.ts'
export { writeBatch } from './write/write-batch.ts'
export { writeNew } from './write/write-new.ts'
export { databaseConfig, databaseSettings, runAllSettings } from './settings.ts'
export { withConnection } from './write/connection.ts'
