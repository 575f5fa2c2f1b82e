import { encodeState, restoreInto, STATE_VERSION } from './state-codec.ts'
import { isClosed } from './watermark.ts'
import { type AnyWindowJob } from './job.ts'
import { CustomerPattern, type EncodedPattern } from './customer-pattern.ts'

/** An open window of one customer and one job. */
export interface CustomerWindow {
  readonly customer: CustomerState
  readonly job: AnyWindowJob
  readonly startMs: number
  readonly acc: object
  count: number
}

/** A customer's transactions in one open window that is keyed by something else. */
export interface CustomerCount {
  readonly job: AnyWindowJob
  readonly startMs: number
  readonly key: string | number
  count: number
}

/** All that is kept of a customer: one entry of the changelog. */
export class CustomerState {
  readonly id: string
  pattern: CustomerPattern | undefined
  /** Only open ones. */
  windows: CustomerWindow[] = []
  /** Closed ones stay until the entry is encoded next. */
  counts: CustomerCount[] = []
  lastEventTimeMs = Number.NEGATIVE_INFINITY
  /** Changed since the last checkpoint. */
  dirty = false

  constructor(id: string) {
    this.id = id
  }

  window(job: AnyWindowJob, startMs: number): CustomerWindow | undefined {
    for (const window of this.windows) if (window.job === job && window.startMs === startMs) return window
    return undefined
  }

  /** The changelog's value, without the windows that are closed at `watermarkMs`. */
  encode(watermarkMs: number): string {
    this.counts = this.counts.filter(({ job, startMs }) => !isClosed(startMs, job.window.sizeMs, watermarkMs))
    return encodeState({
      v: STATE_VERSION,
      t: this.lastEventTimeMs,
      p: this.pattern,
      w: this.windows.map((window) => [window.job.id, window.startMs, window.count, window.acc]),
      c: this.counts.map((entry) => [entry.job.id, entry.startMs, entry.key, entry.count]),
    } satisfies Encodable)
  }

  /**
   * Reads what `encode` wrote. Windows of jobs that are not run any more are left out, and windows that were closed
   * at `watermarkMs`: their results are written already.
   */
  static restore(
    id: string,
    encoded: string,
    jobs: ReadonlyMap<string, AnyWindowJob>,
    watermarkMs: number,
  ): CustomerState {
    const state = new CustomerState(id)
    const { t, p, w, c } = JSON.parse(encoded) as EncodedCustomer
    state.lastEventTimeMs = t
    if (p !== undefined) state.pattern = CustomerPattern.restore(p)
    const isOpen = (job: AnyWindowJob | undefined, startMs: number): job is AnyWindowJob =>
      job !== undefined && !isClosed(startMs, job.window.sizeMs, watermarkMs)
    for (const [jobId, startMs, count, acc] of w) {
      const job = jobs.get(jobId)
      if (!isOpen(job, startMs)) continue
      state.windows.push({ customer: state, job, startMs, count, acc: restoreInto(job.aggregate.create(), acc) })
    }
    for (const [jobId, startMs, key, count] of c) {
      const job = jobs.get(jobId)
      if (isOpen(job, startMs)) state.counts.push({ job, startMs, key, count })
    }
    return state
  }
}

interface Encodable {
  v: number
  t: number
  p: CustomerPattern | undefined
  w: [string, number, number, object][]
  c: [string, number, string | number, number][]
}

interface EncodedCustomer {
  t: number
  p?: EncodedPattern
  w: [jobId: string, startMs: number, count: number, acc: unknown][]
  c: [jobId: string, startMs: number, key: string | number, count: number][]
}
