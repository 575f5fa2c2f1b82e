import { type ByteWriter } from '@fintech-streams/records'
import { writeAccumulator, restoreInto, STATE_VERSION } from './state-codec.ts'
import { isClosed, windowStart } from './watermark.ts'
import { type AnyWindowJob } from './job.ts'
import { CustomerPattern, type EncodedPattern } from './customer-pattern.ts'
import { type SharedWindow } from './shared-state.ts'

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
  readonly customer: CustomerState
  readonly window: SharedWindow
  count: number
}

/** Such a count as it stands in the changelog. */
export type EncodedCount = [jobId: string, startMs: number, key: string | number, count: number]

/** So many counts are looked through one by one; with more there is an index. */
const SCANNED_MAX = 24

/** All that is kept of a customer: one entry of the changelog. */
export class CustomerState {
  readonly id: string
  pattern: CustomerPattern | undefined
  /** Only open ones. */
  windows: CustomerWindow[] = []
  /** Only those of open windows. */
  #counts: CustomerCount[] = []
  #countsByWindow: Map<SharedWindow, CustomerCount> | undefined
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

  /** The count of this customer's transactions in a shared window, if it has one. */
  countIn(window: SharedWindow): CustomerCount | undefined {
    if (this.#countsByWindow !== undefined) return this.#countsByWindow.get(window)
    for (const count of this.#counts) if (count.window === window) return count
    return undefined
  }

  addCount(count: CustomerCount): void {
    // An array that is pushed to keeps room for 16 more, which most customers never need.
    if (this.#countsByWindow === undefined) this.#counts = this.#counts.concat(count)
    else this.#counts.push(count)
    if (this.#countsByWindow !== undefined) this.#countsByWindow.set(count.window, count)
    else if (this.#counts.length > SCANNED_MAX) this.#indexCounts()
  }

  #indexCounts(): void {
    this.#countsByWindow = new Map(this.#counts.map((count) => [count.window, count]))
  }

  /** Forgets the count in a window that closes. */
  removeCount(count: CustomerCount): void {
    remove(this.#counts, count)
    if (this.#counts.length <= SCANNED_MAX) this.#countsByWindow = undefined
    else this.#countsByWindow?.delete(count.window)
  }

  addWindow(window: CustomerWindow): void {
    this.windows = this.windows.concat(window)
  }

  /** Forgets a window that closes. */
  removeWindow(window: CustomerWindow): void {
    remove(this.windows, window)
  }

  /** Writes the changelog's value. */
  write(into: ByteWriter): void {
    into.ascii(`{"v":${STATE_VERSION},"t":`)
    into.number(this.lastEventTimeMs)
    if (this.pattern !== undefined) {
      into.ascii(',"p":')
      this.pattern.write(into)
    }
    into.ascii(',"w":[')
    for (let at = 0; at < this.windows.length; at += 1) {
      const { job, startMs, count, acc } = this.windows[at]!
      writeHead(into, at, job, startMs)
      into.number(count)
      into.ascii(',')
      writeAccumulator(into, acc)
      into.ascii(']')
    }
    into.ascii('],"c":[')
    for (let at = 0; at < this.#counts.length; at += 1) {
      const { window, count } = this.#counts[at]!
      const { job, key } = window.entry
      writeHead(into, at, job, window.startMs)
      if (typeof key === 'number') into.number(key)
      else into.json(key)
      into.ascii(',')
      into.number(count)
      into.ascii(']')
    }
    into.ascii(']}')
  }

  /**
   * Reads what `write` wrote. Windows of jobs that are not run any more are left out, and windows that were closed
   * at `watermarkMs`: their results are written already.
   * @returns the state, and its counts, which belong to windows that are not part of it.
   */
  static restore(
    id: string,
    encoded: string,
    jobs: ReadonlyMap<string, AnyWindowJob>,
    watermarkMs: number,
  ): { customer: CustomerState; counts: EncodedCount[] } {
    const state = new CustomerState(id)
    const { t, p, w, c } = parsed(encoded, jobs, watermarkMs)
    state.lastEventTimeMs = t
    if (p !== undefined) state.pattern = CustomerPattern.restore(p)
    const isOpen = (job: AnyWindowJob | undefined, startMs: number): job is AnyWindowJob =>
      job !== undefined && !isClosed(startMs, job.window.sizeMs, watermarkMs)
    for (const [jobId, startMs, count, acc] of w) {
      const job = jobs.get(jobId)
      if (!isOpen(job, startMs)) continue
      state.addWindow({ customer: state, job, startMs, count, acc: restoreInto(job.aggregate.create(), acc) })
    }
    return { customer: state, counts: c }
  }
}

/** Takes one of its elements out of an array; the last one takes its place. */
function remove<T>(elements: T[], element: T): void {
  const last = elements.pop()!
  if (last !== element) elements[elements.indexOf(element)] = last
}

function writeHead(into: ByteWriter, at: number, job: AnyWindowJob, startMs: number): void {
  into.ascii(at === 0 ? '["' : ',["')
  into.ascii(job.id)
  into.ascii('",')
  into.number(startMs)
  into.ascii(',')
}

const LAST_EVENT_TIME = /^\{"v":\d+,"t":(\d+)/
const PATTERN = ',"p":'
/** A text cannot hold it: there its quotes have backslashes. */
const WINDOWS = ',"w":['

/** Without its windows where all of them are closed: most customers of a large state were last seen long ago. */
function parsed(encoded: string, jobs: ReadonlyMap<string, AnyWindowJob>, watermarkMs: number): EncodedCustomer {
  const head = LAST_EVENT_TIME.exec(encoded)
  const t = Number(head?.[1] ?? NaN)
  const areClosed = [...jobs.values()].every(({ window: { sizeMs } }) =>
    isClosed(windowStart(t, sizeMs), sizeMs, watermarkMs),
  )
  if (head === null || !areClosed) return JSON.parse(encoded) as EncodedCustomer
  const patternAt = head[0].length
  const closed = { t, w: [], c: [] }
  if (!encoded.startsWith(PATTERN, patternAt)) return closed
  const pattern = encoded.slice(patternAt + PATTERN.length, encoded.indexOf(WINDOWS))
  return { ...closed, p: JSON.parse(pattern) as EncodedPattern }
}

interface EncodedCustomer {
  t: number
  p?: EncodedPattern
  w: [jobId: string, startMs: number, count: number, acc: unknown][]
  c: EncodedCount[]
}
