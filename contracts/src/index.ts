export * from './columns.ts'
export * from './locks.ts'
export * from './malformed.ts'
export * from './money.ts'
export * from './reconciliation-statuses.ts'
export * from './results.ts'
export {
  type ChangeRecord,
  type IgnoredChange,
  OLD_KEY_HEADER,
  rowDecoder,
  type RowDecoder,
  transactionDecoder,
} from './row-decoder.ts'
export type { RowReader } from './row-reader.ts'
export * from './time.ts'
export * from './topics.ts'
export * from './transaction.ts'
export * from './transaction-rules.ts'
export * from './transaction-row.ts'
export * from './uuid.ts'
