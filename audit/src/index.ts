export { type Audit, Auditor } from './auditor.ts'
export { PipelineDrain } from './pipeline-drain.ts'
export type { Check } from './conservation.ts'
export {
  type CommittedLog,
  type CommittedRecord,
  OPEN_TRANSACTION_WAIT_MS,
  topicRecords,
  truncated,
  type Withheld,
} from './log/committed-log.ts'
export { KafkaLog } from './log/kafka-log.ts'
export { AuditMetrics } from './metrics.ts'
