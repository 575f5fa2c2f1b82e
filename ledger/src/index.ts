/**
 * The write path of a transaction, for everybody who records some: read its parties, make it a change (`reportedChange`
 * for one that somebody reports by ids, `changeOf` for one whose parties are at hand), and write the change.
 */
export { changeOf, crossesBorder, feeIn, isDebit, rateOf, type TransactionInput } from './change.ts'
export { divideE8, multiplyE8 } from './conversion.ts'
export { copyRows, copyText } from './copy.ts'
export { feeMinor } from './fees.ts'
export {
  announceHistory,
  endHistory,
  HistoryUnderWay,
  leaseHistory,
  missingHistoryMs,
  newestEventMs,
  refuseDuringHistory,
} from './history.ts'
export { derivedUuid } from './ids.ts'
export { insertParties, type NewParties, type Parties, readActiveParties, readParties } from './parties.ts'
export { type FxRates, fxRatesOf, readFxRates, readLatestPrices } from './rates.ts'
export * from './records.ts'
export { Refused, reportedChange, type ReportedTransaction } from './reported.ts'
export { complianceFlagsOf, type Risk, riskLevelOf, riskScoreOf } from './risk.ts'
export { alertRow, contextFields, formatE8, transactionRow } from './rows.ts'
export { insertChanges, writeNew } from './write.ts'
