import { formatInstant } from '@fintech-streams/contracts'
import { type ByteWriter, type RecordBuffer } from '@fintech-streams/records'
import { type EventJob, type WindowJob } from './job.ts'

/** A window that is closed. */
export interface ClosedWindow {
  readonly key: string | number
  readonly startMs: number
  readonly count: number
  /** Its aggregates by name. */
  readonly values: Readonly<Record<string, unknown>>
}

/** Writes the results of closed windows. */
export class WindowResults {
  /** The bounds that were written last: windows close together with all others of their job. */
  #bounds = { startMs: NaN, sizeMs: NaN, key: '', value: '' }

  write(into: RecordBuffer, job: WindowJob<never>, window: ClosedWindow): void {
    const { key, startMs, count, values } = window
    const { sizeMs } = job.window
    const bounds = this.#boundsOf(startMs, sizeMs)
    writeKeyMember(into, job, key)
    into.ascii(bounds.key)
    into.endKey()
    writeKeyMember(into, job, key)
    into.ascii(bounds.value)
    into.number(count)
    into.ascii(',')
    job.writeResult(into, job.finish(values, { key, startMs, endMs: startMs + sizeMs, count }))
    into.ascii('}')
    into.endValue()
  }

  /** What follows a window's key field, in the record's key and in its value. */
  #boundsOf(startMs: number, sizeMs: number): { key: string; value: string } {
    if (this.#bounds.startMs !== startMs || this.#bounds.sizeMs !== sizeMs) {
      const start = `,"window_start":"${formatInstant(startMs)}"`
      const end = `,"window_end":"${formatInstant(startMs + sizeMs)}"`
      this.#bounds = { startMs, sizeMs, key: `${start}}`, value: `${start}${end},"transaction_count":` }
    }
    return this.#bounds
  }
}

function writeKeyMember(into: ByteWriter, job: WindowJob<never>, key: string | number): void {
  into.ascii('{"')
  into.ascii(job.result.keyField)
  into.ascii('":')
  if (typeof key === 'number') into.number(key)
  else into.json(key)
}

/** Writes the result of a job that judges events. */
export function writeEventResult<S>(
  into: RecordBuffer,
  job: EventJob<never, S>,
  idField: string,
  id: string,
  result: Readonly<Record<string, unknown>>,
): void {
  into.ascii('{"')
  into.ascii(idField)
  into.ascii('":')
  into.json(id)
  into.ascii('}')
  into.endKey()
  into.ascii('{')
  job.writeResult(into, result)
  into.ascii('}')
  into.endValue()
}
