export { deadLetter } from './dead-letter.ts'
export { AmountDistribution, Distribution, writeSum } from './distribution.ts'
export { DuplicateFilter } from './duplicate-filter.ts'
export type { EventStream, Features, TimedEvent } from './event.ts'
export { IDS_PREFIX } from './id-log.ts'
export {
  type EventJob,
  eventJobs,
  isEventJob,
  isWindowJob,
  type Job,
  tumbling,
  type WindowJob,
  windowJobs,
} from './job.ts'
export type { KeySummary } from './key-summary.ts'
export { MergeOperator } from './merge-operator.ts'
export { type Operator, OperatorCounts } from './operator.ts'
export { partitionOf } from './partials.ts'
export { SourceOperator } from './source-operator.ts'
export { encodeState, restoredSum, STATE_VERSION } from './state-codec.ts'
export { DUPLICATE_HORIZON_MS, OUT_OF_ORDER_MAX_MS } from './watermark.ts'
