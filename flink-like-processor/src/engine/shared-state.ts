import { type CustomerCount, type CustomerState } from './customer-state.ts'
import { type AnyWindowJob } from './job.ts'
import { encodeState, restoreInto, STATE_VERSION } from './state-codec.ts'
import { isClosed } from './watermark.ts'

/** One source partition's share of an open window whose key customers have in common. */
export class SharedWindow {
  readonly entry: SharedKey
  readonly startMs: number
  readonly acc: object
  count = 0
  /** Each customer's transactions here, where the job asks for it. The customers' own entries hold these in the log. */
  readonly customers: Map<string, CustomerCount> | undefined

  constructor(entry: SharedKey, startMs: number, acc: object) {
    this.entry = entry
    this.startMs = startMs
    this.acc = acc
    this.customers = entry.job.countCustomers ? new Map() : undefined
  }

  countCustomer(customer: CustomerState): void {
    if (this.customers === undefined) return
    const known = this.customers.get(customer.id)
    if (known !== undefined) {
      known.count += 1
      return
    }
    const { job, key } = this.entry
    const entry = { job, key, startMs: this.startMs, count: 1 }
    this.customers.set(customer.id, entry)
    customer.counts.push(entry)
  }
}

/** The open windows of one job and key: one entry of the changelog. */
export class SharedKey {
  readonly job: AnyWindowJob
  readonly key: string | number
  windows: SharedWindow[] = []
  /** Changed since the last checkpoint. */
  dirty = false

  constructor(job: AnyWindowJob, key: string | number) {
    this.job = job
    this.key = key
  }

  window(startMs: number): SharedWindow | undefined {
    for (const window of this.windows) if (window.startMs === startMs) return window
    return undefined
  }

  encode(): string {
    return encodeState({
      v: STATE_VERSION,
      job: this.job.id,
      key: this.key,
      w: this.windows.map((window) => [window.startMs, window.count, window.acc]),
    })
  }

  /** Reads what `encode` wrote, but for windows closed at `watermarkMs`; `undefined` when nothing of it is open. */
  static restore(encoded: string, jobs: ReadonlyMap<string, AnyWindowJob>, watermarkMs: number): SharedKey | undefined {
    const { job: jobId, key, w } = JSON.parse(encoded) as EncodedSharedKey
    const job = jobs.get(jobId)
    if (job === undefined) return undefined
    const entry = new SharedKey(job, key)
    for (const [startMs, count, acc] of w) {
      if (isClosed(startMs, job.window.sizeMs, watermarkMs)) continue
      const window = new SharedWindow(entry, startMs, restoreInto(job.aggregate.create(), acc))
      window.count = count
      entry.windows.push(window)
    }
    return entry.windows.length === 0 ? undefined : entry
  }
}

interface EncodedSharedKey {
  job: string
  key: string | number
  w: [startMs: number, count: number, acc: unknown][]
}
