import { type ByteWriter } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'
import { STATE_VERSION } from './state-codec.ts'
import { isClosed } from './watermark.ts'

/** What a shared window knows of a source key that it counts. */
export interface CountingKey {
  readonly id: string
  countIn: (window: SharedWindow) => KeyCount | undefined
  addCount: (count: KeyCount) => void
  removeCount: (count: KeyCount) => void
}

/** A source key's events in one open window that is keyed by something else. */
export interface KeyCount {
  readonly source: CountingKey
  readonly window: SharedWindow
  count: number
}

/** One source partition's share of an open window whose key several source keys have in common. */
export class SharedWindow {
  readonly entry: SharedKey
  readonly startMs: number
  readonly acc: object
  count = 0
  /** Each source key's events here, where the job asks for them. The keys' own entries hold these in the log. */
  readonly keyCounts: KeyCount[] | undefined

  constructor(entry: SharedKey, startMs: number, acc: object) {
    this.entry = entry
    this.startMs = startMs
    this.acc = acc
    this.keyCounts = entry.job.keys === undefined ? undefined : []
  }

  /** Counts one or more events of a source key. */
  countKey(source: CountingKey, events = 1): void {
    if (this.keyCounts === undefined) return
    const known = source.countIn(this)
    if (known !== undefined) {
      known.count += events
      return
    }
    const count: KeyCount = { source, window: this, count: events }
    this.keyCounts.push(count)
    source.addCount(count)
  }

  /** Once the window is closed, the source keys need not know it any more. */
  forgetKeys(): void {
    for (const count of this.keyCounts ?? []) count.source.removeCount(count)
  }
}

/** The open windows of one job and key: one entry of the changelog. */
export class SharedKey {
  readonly job: WindowJob<never>
  readonly key: string | number
  windows: SharedWindow[] = []
  /** Changed since the last checkpoint. */
  dirty = false

  constructor(job: WindowJob<never>, key: string | number) {
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
      this.job.accumulators.write(into, acc)
      into.ascii(']')
    }
    into.ascii(']}')
  }

  /** Reads what `write` wrote, but for windows closed at `watermarkMs`; `undefined` when nothing of it is open. */
  static restore(encoded: string, jobs: JobsById, watermarkMs: number): SharedKey | undefined {
    const { job: jobId, key, w } = JSON.parse(encoded) as EncodedSharedKey
    const job = jobs.get(jobId)
    if (job === undefined) return undefined
    const entry = new SharedKey(job, key)
    for (const [startMs, count, acc] of w) {
      if (isClosed(startMs, job.window.sizeMs, watermarkMs)) continue
      const window = new SharedWindow(entry, startMs, job.accumulators.restore(acc))
      window.count = count
      entry.windows.push(window)
    }
    return entry.windows.length === 0 ? undefined : entry
  }
}

export type JobsById = ReadonlyMap<string, WindowJob<never>>

interface EncodedSharedKey {
  job: string
  key: string | number
  w: [startMs: number, count: number, acc: unknown][]
}
