import { type RecordBuffer } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'
import { type EncodedCount } from './key-state.ts'
import { OpenWindows } from './open-windows.ts'
import { type CountingKey, type JobsById, SharedKey, SharedWindow } from './shared-state.ts'

/** Changelog keys of shared windows begin with this. */
export const SHARED_PREFIX = 'w/'

/** The shared windows of one job. */
interface JobWindows {
  readonly open: OpenWindows<SharedWindow>
  readonly keys: Map<string | number, SharedKey>
}

/** One source partition's share of the windows whose keys several source keys have in common. */
export class SharedWindows<E> {
  readonly #byId: JobsById
  readonly #jobs: ReadonlyMap<WindowJob<never>, JobWindows>
  #dirty: SharedKey[] = []
  #removed: string[] = []

  constructor(jobs: readonly WindowJob<E>[]) {
    this.#byId = new Map(jobs.map((job) => [job.id, job]))
    this.#jobs = new Map(
      jobs.map((job) => [job, { open: new OpenWindows<SharedWindow>(job.window.sizeMs), keys: new Map() }]),
    )
  }

  get size(): number {
    return [...this.#jobs.values()].reduce((sum, { keys }) => sum + keys.size, 0)
  }

  get openWindows(): number {
    return [...this.#jobs.values()].reduce((sum, { open }) => sum + open.size, 0)
  }

  /** Adds an event to the window of one job and key. */
  add(job: WindowJob<E>, key: string | number, startMs: number, source: CountingKey, event: E): void {
    const of = this.#jobs.get(job)!
    const entry = entryOf(of, job, key)
    let window = entry.window(startMs)
    if (window === undefined) {
      window = new SharedWindow(entry, startMs, job.aggregate.create())
      entry.windows.push(window)
      of.open.add(startMs, window)
    }
    window.count += 1
    job.aggregate.add(window.acc, event)
    window.countKey(source)
    if (!entry.dirty) {
      entry.dirty = true
      this.#dirty.push(entry)
    }
  }

  /** Closes the windows that end at or before the watermark and hands each to `emit`. */
  close(watermarkMs: number, emit: (window: SharedWindow) => void): void {
    for (const { open, keys } of this.#jobs.values()) {
      for (const { windows } of open.takeClosed(watermarkMs)) {
        for (const window of windows) {
          const { entry } = window
          entry.windows = entry.windows.filter((other) => other !== window)
          emit(window)
          window.forgetKeys()
          if (entry.windows.length > 0) continue
          keys.delete(entry.key)
          this.#removed.push(changelogKey(entry))
        }
      }
    }
  }

  /** Writes the entries that changed since the last call. */
  writeChanges(into: RecordBuffer): void {
    const changed = new Map<string, SharedKey | null>()
    for (const key of this.#removed) changed.set(key, null)
    for (const entry of this.#dirty) {
      entry.dirty = false
      if (entry.windows.length > 0) changed.set(changelogKey(entry), entry)
    }
    this.#removed = []
    this.#dirty = []
    for (const [key, entry] of changed) {
      into.utf8(key)
      into.endKey()
      if (entry === null) {
        into.endTombstone()
      } else {
        entry.write(into)
        into.endValue()
      }
    }
  }

  /** Takes in an entry of the changelog. */
  restore(value: string, watermarkMs: number): void {
    const entry = SharedKey.restore(value, this.#byId, watermarkMs)
    const of = entry && this.#jobs.get(entry.job)
    if (entry === undefined || of === undefined) return
    of.keys.set(entry.key, entry)
    for (const window of entry.windows) of.open.add(window.startMs, window)
  }

  /** Puts the counts of a restored source key back into the windows that they belong to, as far as those are open. */
  restoreCounts(source: CountingKey, counts: readonly EncodedCount[]): void {
    for (const [jobId, startMs, key, events] of counts) {
      const job = this.#byId.get(jobId)
      const of = job && this.#jobs.get(job)
      of?.keys.get(key)?.window(startMs)?.countKey(source, events)
    }
  }
}

function entryOf({ keys }: JobWindows, job: WindowJob<never>, key: string | number): SharedKey {
  let entry = keys.get(key)
  if (entry === undefined) {
    entry = new SharedKey(job, key)
    keys.set(key, entry)
  }
  return entry
}

function changelogKey(entry: SharedKey): string {
  return `${SHARED_PREFIX}${entry.job.id}/${entry.key}`
}
