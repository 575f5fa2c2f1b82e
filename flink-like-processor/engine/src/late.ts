import { formatInstant, LATE_TOPIC, type LateRecord, type Transaction } from '@fintech-streams/contracts'
import { type AnyWindowJob } from './job.ts'
import { type Output } from '@fintech-streams/records'

/** The record of a transaction whose window was closed when it came, one per job. */
export function lateForWindow(
  tx: Transaction,
  job: AnyWindowJob,
  key: string | number,
  startMs: number,
  watermarkMs: number,
  partition: number,
): Output {
  const endMs = startMs + job.window.sizeMs
  return lateOutput(partition, {
    transaction_id: tx.transactionId,
    job: job.id,
    key: { [job.result.keyField]: key },
    window_start: formatInstant(startMs),
    window_end: formatInstant(endMs),
    event_time: formatInstant(tx.eventTimeMs),
    lateness_ms: watermarkMs - endMs,
    reason: 'window_closed',
  })
}

/** The record of a transaction older than the duplicate horizon: late for every job. */
export function lateBeyondHorizon(tx: Transaction, horizonMs: number, partition: number): Output {
  return lateOutput(partition, {
    transaction_id: tx.transactionId,
    job: '*',
    key: null,
    window_start: null,
    window_end: null,
    event_time: formatInstant(tx.eventTimeMs),
    lateness_ms: horizonMs - tx.eventTimeMs,
    reason: 'beyond_horizon',
  })
}

function lateOutput(partition: number, record: LateRecord): Output {
  return {
    topic: LATE_TOPIC,
    partition,
    key: JSON.stringify({ transaction_id: record.transaction_id }),
    value: JSON.stringify(record),
  }
}
