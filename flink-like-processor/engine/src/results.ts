import { formatInstant } from '@fintech-streams/contracts'
import { type ByteWriter, Literal, type RecordBuffer } from '@fintech-streams/records'
import { type EventJob, type WindowJob } from './job.ts'

/** A window that is closed. */
export interface ClosedWindow {
  readonly key: string | number
  readonly startMs: number
  readonly count: number
  /** Its aggregates by name. */
  readonly values: Readonly<Record<string, unknown>>
}

/** What the results of one job's windows have in common. */
interface Parts {
  readonly name: Literal
  /** The bounds that were written last: windows close together with all others of their job. */
  startMs: number
  /** What follows a window's key field, in the record's key and in its value. */
  keyEnd: Literal
  bounds: Literal
}

const COMMA = new Literal(',')
const BEGIN = new Literal('{')
const END = new Literal('}')

/** Writes the results of closed windows. */
export class WindowResults {
  readonly #parts = new Map<WindowJob<never>, Parts>()

  /** @param writeKey writes the window's key as JSON. */
  write(into: RecordBuffer, job: WindowJob<never>, window: ClosedWindow, writeKey: (into: ByteWriter) => void): void {
    const { key, startMs, count, values } = window
    const { sizeMs } = job.window
    const parts = this.#partsOf(job, startMs)
    into.literal(parts.name)
    writeKey(into)
    into.literal(parts.keyEnd)
    into.endKey()
    into.literal(parts.name)
    writeKey(into)
    into.literal(parts.bounds)
    into.number(count)
    into.literal(COMMA)
    job.writeResult(into, job.finish(values, { key, startMs, endMs: startMs + sizeMs, count }))
    into.literal(END)
    into.endValue()
  }

  #partsOf(job: WindowJob<never>, startMs: number): Parts {
    let parts = this.#parts.get(job)
    if (parts === undefined) {
      parts = { name: new Literal(`{"${job.result.keyField}":`), startMs: NaN, keyEnd: END, bounds: END }
      this.#parts.set(job, parts)
    }
    if (parts.startMs !== startMs) {
      const start = `,"window_start":"${formatInstant(startMs)}"`
      const end = `,"window_end":"${formatInstant(startMs + job.window.sizeMs)}"`
      parts.startMs = startMs
      parts.keyEnd = new Literal(`${start}}`)
      parts.bounds = new Literal(`${start}${end},"transaction_count":`)
    }
    return parts
  }
}

/** Writes the result of a job that judges events. */
export function writeEventResult<S>(
  into: RecordBuffer,
  job: EventJob<never, S>,
  idField: string,
  id: string,
  result: Readonly<Record<string, unknown>>,
): void {
  into.literal(idHead(idField))
  into.quoted(id)
  into.literal(END)
  into.endKey()
  into.literal(BEGIN)
  job.writeResult(into, result)
  into.literal(END)
  into.endValue()
}

/** By field: a stream has one. */
const idHeads = new Map<string, Literal>()

function idHead(field: string): Literal {
  let head = idHeads.get(field)
  if (head === undefined) {
    head = new Literal(`{"${field}":`)
    idHeads.set(field, head)
  }
  return head
}
