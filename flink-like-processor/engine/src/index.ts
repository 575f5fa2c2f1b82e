export { Lists, offsetOf } from './cells.ts'
export { Rows } from './columns/rows.ts'
export { deadLetter } from './dead-letter.ts'
export { type Aggregate, aggregates, type Aggregates } from './aggregates.ts'
export type { AmountDistribution, Distribution } from './columns/distribution.ts'
export type { KeyCounts } from './columns/key-counts.ts'
export { readSum, sumOfJson, writeSum } from './columns/numbers.ts'
export { Dictionary } from './dictionary.ts'
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
export { MergeOperator } from './merge-operator.ts'
export { type Operator, OperatorCounts } from './operator.ts'
export { partitionOf } from './partials.ts'
export { SourceOperator } from './source-operator.ts'
export { STATE_VERSION } from './state-version.ts'
export { resultOfWindow, writtenResult } from './window-result.ts'
export { DUPLICATE_HORIZON_MS, OUT_OF_ORDER_MAX_MS } from './watermark.ts'
