import { DAY_MS } from '@fintech-streams/contracts'
import { type RecordBuffer } from '@fintech-streams/records'
import { type Features, type TimedEvent } from './event.ts'
import { type WindowJob } from './job.ts'
import { type EncodedCount, KeyState, type KeyWindow } from './key-state.ts'
import { OpenWindows } from './open-windows.ts'
import { type JobsById } from './shared-state.ts'

/** Changelog keys of source keys begin with this. */
export const KEY_PREFIX = 'c/'

/** The source keys of one partition with their features and the open windows of the jobs that group by them. */
export class KeyStates<E extends TimedEvent, S> {
  readonly #features: Features<E, S>
  /** All window jobs by their id, the shared ones included: an entry of the changelog names both. */
  readonly #windowJobs: JobsById
  readonly #open: ReadonlyMap<WindowJob<never>, OpenWindows<KeyWindow<S>>>
  readonly #keys = new Map<string, KeyState<S>>()
  #dirty: KeyState<S>[] = []
  #removed: string[] = []
  #sweptDay = Number.NEGATIVE_INFINITY

  constructor(windowJobs: readonly WindowJob<E>[], features: Features<E, S>) {
    this.#features = features
    this.#windowJobs = new Map(windowJobs.map((job) => [job.id, job]))
    const local = windowJobs.filter(({ isLocal }) => isLocal)
    this.#open = new Map(local.map((job) => [job, new OpenWindows<KeyWindow<S>>(job.window.sizeMs)]))
  }

  get size(): number {
    return this.#keys.size
  }

  get openWindows(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open.size, 0)
  }

  /**
   * The state of an event's key, which is about to change. A key without an event for the retention starts afresh.
   * @param maxEventTimeMs the partition's largest bounded event time.
   */
  touch(id: string, eventTimeMs: number, maxEventTimeMs: number): KeyState<S> {
    let key = this.#keys.get(id)
    if (key === undefined || this.#isForgotten(key, maxEventTimeMs)) {
      key = new KeyState(id)
      this.#keys.set(id, key)
    }
    if (eventTimeMs > key.lastEventTimeMs) key.lastEventTimeMs = eventTimeMs
    if (!key.dirty) {
      key.dirty = true
      this.#dirty.push(key)
    }
    return key
  }

  /** Adds an event to the key's window of one job. */
  add(source: KeyState<S>, job: WindowJob<E>, startMs: number, event: E): void {
    let window = source.window(job, startMs)
    if (window === undefined) {
      window = { source, job, startMs, acc: job.aggregate.create(), count: 0 }
      source.addWindow(window)
      this.#open.get(job)!.add(startMs, window)
    }
    window.count += 1
    job.aggregate.add(window.acc, event)
  }

  /** Closes the windows that end at or before the watermark and hands each to `emit`. */
  close(watermarkMs: number, emit: (window: KeyWindow<S>) => void): void {
    for (const open of this.#open.values()) {
      for (const { windows } of open.takeClosed(watermarkMs)) {
        for (const window of windows) {
          window.source.removeWindow(window)
          emit(window)
        }
      }
    }
  }

  /** Once per day of event time, forgets the keys without an event for the retention. */
  sweep(maxEventTimeMs: number): void {
    const day = Math.floor(maxEventTimeMs / DAY_MS)
    if (day === this.#sweptDay) return
    this.#sweptDay = day
    for (const key of this.#keys.values()) {
      if (!this.#isForgotten(key, maxEventTimeMs)) continue
      this.#keys.delete(key.id)
      this.#removed.push(key.id)
    }
  }

  /** Writes the entries that changed since the last call; a removed key that came back is not removed. */
  writeChanges(into: RecordBuffer): void {
    for (const id of this.#removed) if (!this.#keys.has(id)) into.add({ key: KEY_PREFIX + id, value: null })
    for (const key of this.#dirty) {
      if (this.#keys.get(key.id) !== key) continue
      key.dirty = false
      into.ascii(KEY_PREFIX)
      into.utf8(key.id)
      into.endKey()
      key.write(into, this.#features)
      into.endValue()
    }
    this.#removed = []
    this.#dirty = []
  }

  /** Takes in an entry of the changelog. @returns what of it belongs to shared windows. */
  restore(key: string, value: string, watermarkMs: number): { source: KeyState<S>; counts: EncodedCount[] } {
    const id = key.slice(KEY_PREFIX.length)
    const restored = KeyState.restore(id, value, this.#windowJobs, this.#features, watermarkMs)
    this.#keys.set(id, restored.source)
    for (const window of restored.source.windows) this.#open.get(window.job)?.add(window.startMs, window)
    return restored
  }

  #isForgotten(key: KeyState<S>, maxEventTimeMs: number): boolean {
    return key.lastEventTimeMs < maxEventTimeMs - this.#features.retentionMs
  }
}
