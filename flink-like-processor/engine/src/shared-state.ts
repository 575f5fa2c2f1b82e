import { type ByteWriter } from '@fintech-streams/records'
import { type CustomerCount, type CustomerState } from './customer-state.ts'
import { type AnyWindowJob } from './job.ts'
import { restoreInto, STATE_VERSION, writeAccumulator } from './state-codec.ts'
import { isClosed } from './watermark.ts'

/** One source partition's share of an open window whose key customers have in common. */
export class SharedWindow {
  readonly entry: SharedKey
  readonly startMs: number
  readonly acc: object
  count = 0
  /** Each customer's transactions here, where the job asks for it. The customers' own entries hold these in the log. */
  readonly customers: CustomerCount[] | undefined

  constructor(entry: SharedKey, startMs: number, acc: object) {
    this.entry = entry
    this.startMs = startMs
    this.acc = acc
    this.customers = entry.job.countCustomers ? [] : undefined
  }

  /** Counts a transaction of a customer, or so many of them. */
  countCustomer(customer: CustomerState, transactions = 1): void {
    if (this.customers === undefined) return
    const known = customer.countIn(this)
    if (known !== undefined) {
      known.count += transactions
      return
    }
    const count: CustomerCount = { customer, window: this, count: transactions }
    this.customers.push(count)
    customer.addCount(count)
  }

  /** Once it is closed, the customers need not know it any more. */
  forgetCustomers(): void {
    for (const count of this.customers ?? []) count.customer.removeCount(count)
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

  /** Writes the changelog's value. */
  write(into: ByteWriter): void {
    into.ascii(`{"v":${STATE_VERSION},"job":"${this.job.id}","key":`)
    into.anyJson(this.key)
    into.ascii(',"w":[')
    for (const [at, { startMs, count, acc }] of this.windows.entries()) {
      into.ascii(`${at === 0 ? '' : ','}[${startMs},${count},`)
      writeAccumulator(into, acc)
      into.ascii(']')
    }
    into.ascii(']}')
  }

  /** Reads what `write` wrote, but for windows closed at `watermarkMs`; `undefined` when nothing of it is open. */
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
