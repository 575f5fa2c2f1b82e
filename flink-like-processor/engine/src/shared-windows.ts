import { type Transaction } from '@fintech-streams/contracts'
import { type CustomerState, type EncodedCount } from './customer-state.ts'
import { type AnyWindowJob } from './job.ts'
import { OpenWindows } from './open-windows.ts'
import { type RecordBuffer } from '@fintech-streams/records'
import { SharedKey, SharedWindow } from './shared-state.ts'

/** Changelog keys of shared windows begin with this. */
export const SHARED_PREFIX = 'w/'

/** One source partition's share of the windows whose keys customers have in common. */
export class SharedWindows {
  readonly #jobs: ReadonlyMap<AnyWindowJob, { open: OpenWindows<SharedWindow>; keys: Map<string | number, SharedKey> }>
  #dirty: SharedKey[] = []
  #removed: string[] = []

  constructor(jobs: readonly AnyWindowJob[]) {
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

  /** Adds a transaction to the window of one job and key. */
  add(job: AnyWindowJob, key: string | number, startMs: number, customer: CustomerState, tx: Transaction): void {
    const entry = this.#entry(job, key)
    let window = entry.window(startMs)
    if (window === undefined) {
      window = new SharedWindow(entry, startMs, job.aggregate.create())
      entry.windows.push(window)
      this.#jobs.get(job)!.open.add(startMs, window)
    }
    window.count += 1
    job.aggregate.add(window.acc, tx)
    window.countCustomer(customer)
    if (!entry.dirty) {
      entry.dirty = true
      this.#dirty.push(entry)
    }
  }

  #entry(job: AnyWindowJob, key: string | number): SharedKey {
    const { keys } = this.#jobs.get(job)!
    let entry = keys.get(key)
    if (entry === undefined) {
      entry = new SharedKey(job, key)
      keys.set(key, entry)
    }
    return entry
  }

  /** Closes the windows that end at or before the watermark and hands each to `emit`. */
  close(watermarkMs: number, emit: (window: SharedWindow) => void): void {
    for (const { open, keys } of this.#jobs.values()) {
      for (const { windows } of open.takeClosed(watermarkMs)) {
        for (const window of windows) {
          const { entry } = window
          entry.windows = entry.windows.filter((other) => other !== window)
          emit(window)
          window.forgetCustomers()
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
  restore(value: string, jobs: ReadonlyMap<string, AnyWindowJob>, watermarkMs: number): void {
    const entry = SharedKey.restore(value, jobs, watermarkMs)
    if (entry === undefined) return
    const of = this.#jobs.get(entry.job)
    if (of === undefined) return
    of.keys.set(entry.key, entry)
    for (const window of entry.windows) of.open.add(window.startMs, window)
  }

  /** Puts the counts of a restored customer back into the windows that they belong to, as far as those are open. */
  restoreCounts(
    customer: CustomerState,
    counts: readonly EncodedCount[],
    jobs: ReadonlyMap<string, AnyWindowJob>,
  ): void {
    for (const [jobId, startMs, key, transactions] of counts) {
      const job = jobs.get(jobId)
      const of = job && this.#jobs.get(job)
      of?.keys.get(key)?.window(startMs)?.countCustomer(customer, transactions)
    }
  }
}

function changelogKey(entry: SharedKey): string {
  return `${SHARED_PREFIX}${entry.job.id}/${entry.key}`
}
