import { formatInstant } from '@fintech-streams/contracts'
import { type ByteWriter, type RecordBuffer } from '@fintech-streams/records'
import { type CustomerCounts, noCustomers } from './customer-counts.ts'
import { type AnyWindowJob, type TransactionJob } from './job.ts'

/** A window that is closed. */
export interface ClosedWindow {
  readonly key: string | number
  readonly startMs: number
  readonly count: number
  readonly acc: object
  readonly customers?: CustomerCounts | undefined
}

/** Writes the result of a closed window. */
export function writeWindowResult(into: RecordBuffer, job: AnyWindowJob, window: ClosedWindow): void {
  const { key, startMs, count, acc, customers = noCustomers() } = window
  const { sizeMs } = job.window
  const bounds = boundsOf(startMs, sizeMs)
  writeKeyMember(into, job, key)
  into.ascii(bounds.key)
  into.endKey()
  writeKeyMember(into, job, key)
  into.ascii(bounds.value)
  into.number(count)
  into.ascii(',')
  job.writeResult(into, job.finish(acc, { key, startMs, endMs: startMs + sizeMs, count, customers }))
  into.ascii('}')
  into.endValue()
}

function writeKeyMember(into: ByteWriter, job: AnyWindowJob, key: string | number): void {
  into.ascii('{"')
  into.ascii(job.result.keyField)
  into.ascii('":')
  if (typeof key === 'number') into.number(key)
  else into.json(key)
}

/** The bounds that were written last: windows close together with all others of their job. */
let lastBounds = { startMs: NaN, sizeMs: NaN, key: '', value: '' }

/** What follows a window's key field, in the record's key and in its value. */
function boundsOf(startMs: number, sizeMs: number): { key: string; value: string } {
  if (lastBounds.startMs !== startMs || lastBounds.sizeMs !== sizeMs) {
    const start = `,"window_start":"${formatInstant(startMs)}"`
    const end = `,"window_end":"${formatInstant(startMs + sizeMs)}"`
    lastBounds = { startMs, sizeMs, key: `${start}}`, value: `${start}${end},"transaction_count":` }
  }
  return lastBounds
}

/** Writes the result of a job that judges transactions. */
export function writeTransactionResult(
  into: RecordBuffer,
  job: TransactionJob,
  transactionId: string,
  result: Readonly<Record<string, unknown>>,
): void {
  into.ascii('{"transaction_id":')
  into.json(transactionId)
  into.ascii('}')
  into.endKey()
  into.ascii('{')
  job.writeResult(into, result)
  into.ascii('}')
  into.endValue()
}
