import { type ByteWriter } from '@fintech-streams/records'
import { type Features } from './event.ts'
import { type WindowJob } from './job.ts'
import { type CountingKey, type JobsById, type KeyCount, type SharedWindow } from './shared-state.ts'
import { STATE_VERSION } from './state-codec.ts'
import { isClosed, windowStart } from './watermark.ts'

/** An open window of one source key and one job. */
export interface KeyWindow<S> {
  readonly source: KeyState<S>
  readonly job: WindowJob<never>
  readonly startMs: number
  readonly acc: object
  count: number
}

/** Such a count as it stands in the changelog. */
export type EncodedCount = [jobId: string, startMs: number, key: string | number, count: number]

/** Up to this many counts are looked through one by one. With more there is an index. */
const SCANNED_MAX = 24

/** All that is kept of a source key: one entry of the changelog. */
export class KeyState<S> implements CountingKey {
  readonly id: string
  features: S | undefined
  /** Only open ones. */
  windows: KeyWindow<S>[] = []
  /** Only those of open windows. */
  #counts: KeyCount[] = []
  #countsByWindow: Map<SharedWindow, KeyCount> | undefined
  lastEventTimeMs = Number.NEGATIVE_INFINITY
  /** Changed since the last checkpoint. */
  dirty = false

  constructor(id: string) {
    this.id = id
  }

  window(job: WindowJob<never>, startMs: number): KeyWindow<S> | undefined {
    for (const window of this.windows) if (window.job === job && window.startMs === startMs) return window
    return undefined
  }

  /** The count of this key's events in a shared window, if it has one. */
  countIn(window: SharedWindow): KeyCount | undefined {
    if (this.#countsByWindow !== undefined) return this.#countsByWindow.get(window)
    for (const count of this.#counts) if (count.window === window) return count
    return undefined
  }

  addCount(count: KeyCount): void {
    // An array that is pushed to keeps room for 16 more, which most keys never need.
    if (this.#countsByWindow === undefined) this.#counts = this.#counts.concat(count)
    else this.#counts.push(count)
    if (this.#countsByWindow !== undefined) this.#countsByWindow.set(count.window, count)
    else if (this.#counts.length > SCANNED_MAX) this.#indexCounts()
  }

  #indexCounts(): void {
    this.#countsByWindow = new Map(this.#counts.map((count) => [count.window, count]))
  }

  /** Forgets the count in a window that closes. */
  removeCount(count: KeyCount): void {
    remove(this.#counts, count)
    if (this.#counts.length <= SCANNED_MAX) this.#countsByWindow = undefined
    else this.#countsByWindow?.delete(count.window)
  }

  addWindow(window: KeyWindow<S>): void {
    this.windows = this.windows.concat(window)
  }

  /** Forgets a window that closes. */
  removeWindow(window: KeyWindow<S>): void {
    remove(this.windows, window)
  }

  /** Writes the changelog's value. */
  write(into: ByteWriter, features: Features<never, S>): void {
    into.ascii(`{"v":${STATE_VERSION},"t":`)
    into.number(this.lastEventTimeMs)
    if (this.features !== undefined) {
      into.ascii(',"p":')
      features.write(this.features, into)
    }
    into.ascii(',"w":[')
    for (let at = 0; at < this.windows.length; at += 1) {
      const { job, startMs, count, acc } = this.windows[at]!
      writeHead(into, at, job, startMs)
      into.number(count)
      into.ascii(',')
      job.accumulators.write(into, acc)
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
  static restore<S>(
    id: string,
    encoded: string,
    jobs: JobsById,
    features: Features<never, S>,
    watermarkMs: number,
  ): { source: KeyState<S>; counts: EncodedCount[] } {
    const source = new KeyState<S>(id)
    const { t, p, w, c } = parsed(encoded, jobs, watermarkMs)
    source.lastEventTimeMs = t
    if (p !== undefined) source.features = features.restore(p)
    for (const [jobId, startMs, count, acc] of w) {
      const job = jobs.get(jobId)
      if (job === undefined || isClosed(startMs, job.window.sizeMs, watermarkMs)) continue
      source.addWindow({ source, job, startMs, count, acc: job.accumulators.restore(acc) })
    }
    return { source, counts: c }
  }
}

/** Takes one of its elements out of an array; the last one takes its place. */
function remove<T>(elements: T[], element: T): void {
  const last = elements.pop()!
  if (last !== element) elements[elements.indexOf(element)] = last
}

function writeHead(into: ByteWriter, at: number, job: WindowJob<never>, startMs: number): void {
  into.ascii(at === 0 ? '["' : ',["')
  into.ascii(job.id)
  into.ascii('",')
  into.number(startMs)
  into.ascii(',')
}

const LAST_EVENT_TIME = /^\{"v":\d+,"t":(\d+)/
const FEATURES = ',"p":'
/** A text cannot hold it: there its quotes have backslashes. */
const WINDOWS = ',"w":['

/** Without its windows where all of them are closed: most keys of a large state were last seen long ago. */
function parsed(encoded: string, jobs: JobsById, watermarkMs: number): EncodedKey {
  const head = LAST_EVENT_TIME.exec(encoded)
  const t = Number(head?.[1] ?? NaN)
  const areClosed = [...jobs.values()].every(({ window: { sizeMs } }) =>
    isClosed(windowStart(t, sizeMs), sizeMs, watermarkMs),
  )
  if (head === null || !areClosed) return JSON.parse(encoded) as EncodedKey
  const featuresAt = head[0].length
  const closed = { t, w: [], c: [] }
  if (!encoded.startsWith(FEATURES, featuresAt)) return closed
  const features = encoded.slice(featuresAt + FEATURES.length, encoded.indexOf(WINDOWS))
  return { ...closed, p: JSON.parse(features) as unknown }
}

interface EncodedKey {
  t: number
  p?: unknown
  w: [jobId: string, startMs: number, count: number, acc: unknown][]
  c: EncodedCount[]
}
