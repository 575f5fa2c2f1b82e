import { analyticsTopic, formatInstant } from '@fintech-streams/contracts'
import { type CustomerCounts, noCustomers } from './customer-counts.ts'
import { type AnyWindowJob, type TransactionJob } from './job.ts'
import { type Output } from './operator.ts'

/** The Kafka key of a window's result: its key field and the window's start. */
export function windowResultKey(job: AnyWindowJob, key: string | number, windowStart: string): string {
  return JSON.stringify({ [job.result.keyField]: key, window_start: windowStart })
}

/** The result of a closed window. */
export function windowResult(
  job: AnyWindowJob,
  partition: number,
  window: { key: string | number; startMs: number; count: number; acc: object; customers?: CustomerCounts | undefined },
): Output {
  const { key, startMs, count, acc, customers = noCustomers() } = window
  const endMs = startMs + job.window.sizeMs
  const windowStart = formatInstant(startMs)
  const value = {
    [job.result.keyField]: key,
    window_start: windowStart,
    window_end: formatInstant(endMs),
    transaction_count: count,
    ...job.finish(acc, { key: key, startMs, endMs, count, customers }),
  }
  return {
    topic: analyticsTopic(job.id),
    partition,
    key: windowResultKey(job, key, windowStart),
    value: JSON.stringify(value),
  }
}

/** The result of a job that judges transactions. */
export function transactionResult(
  job: TransactionJob,
  partition: number,
  transactionId: string,
  fields: object,
): Output {
  return {
    topic: analyticsTopic(job.id),
    partition,
    key: `{"transaction_id":"${transactionId}"}`,
    value: JSON.stringify(fields),
  }
}
