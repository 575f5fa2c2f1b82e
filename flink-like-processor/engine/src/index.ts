export { countCustomers, noCustomers } from './customer-counts.ts'
export { CustomerPattern, PATTERN_RETENTION_MS } from './customer-pattern.ts'
export { deadLetter } from './dead-letter.ts'
export { AmountDistribution, Distribution } from './distribution.ts'
export { DuplicateFilter } from './duplicate-filter.ts'
export { IDS_PREFIX } from './id-log.ts'
export {
  type AnyWindowJob,
  defineTransactionJob,
  defineWindowJob,
  isCustomerJob,
  isTransactionJob,
  isWindowJob,
  type Job,
  type TransactionJob,
  tumbling,
} from './job.ts'
export { MergeOperator } from './merge-operator.ts'
export { type Operator, OperatorCounts } from './operator.ts'
export { partitionOf } from './partials.ts'
export { SourceOperator } from './source-operator.ts'
export { encodeState, restoreInto, STATE_VERSION } from './state-codec.ts'
export { DUPLICATE_HORIZON_MS, OUT_OF_ORDER_MAX_MS } from './watermark.ts'
