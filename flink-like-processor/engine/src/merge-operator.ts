import { minutes, PARTIALS_TOPIC } from '@fintech-streams/contracts'
import { type CustomerCounts, mergeCustomers, noCustomers } from './customer-counts.ts'
import { deadLetter } from './dead-letter.ts'
import { type AnyWindowJob, isCustomerJob, isWindowJob, type Job } from './job.ts'
import { count, type Operator, OperatorCounts, type RestoredPosition } from './operator.ts'
import { type SourceRecord, OutputBuffer, type Entry, type RecordBuffer } from '@fintech-streams/records'
import { OpenWindows } from './open-windows.ts'
import { parsePartial, type PartialAggregate, partialKey } from './partials.ts'
import { writeWindowResult } from './results.ts'
import { SourceWatermarks } from './source-watermarks.ts'
import { checkStateVersion, encodeState, restoreInto, STATE_VERSION } from './state-codec.ts'

const MARKER_KEY = 'marker'
const KEY_PREFIX = 'm/'
/**
 * How long a closed window is kept, in event time. A partition that had been empty may still send its share of one;
 * the result is then written again, whole.
 */
const CLOSED_RETENTION_MS = minutes(15)

interface MergedWindow {
  readonly entry: MergedKey
  readonly startMs: number
  readonly acc: object
  readonly customers: CustomerCounts
  count: number
  written: boolean
}

interface MergedKey {
  readonly job: AnyWindowJob
  readonly key: string | number
  windows: MergedWindow[]
  dirty: boolean
}

interface MergedJob {
  readonly job: AnyWindowJob
  readonly open: OpenWindows<MergedWindow>
  readonly kept: OpenWindows<MergedWindow>
  readonly keys: Map<string | number, MergedKey>
}

export interface MergeOperatorOptions {
  readonly jobs: readonly Job[]
  /** The partition of the partials topic that this operator reads. */
  readonly partition: number
  /** Partitions of the transactions topic: a window closes when all of them have passed it. */
  readonly sourcePartitions: number
}

/** Stage 2: merges the partial aggregates of all source partitions and writes a window when every source passed it. */
export class MergeOperator implements Operator {
  // configuration
  readonly #partition: number
  readonly #jobs: ReadonlyMap<string, MergedJob>

  // transient
  readonly outputs = new OutputBuffer()
  #counts = new OperatorCounts()
  #dirty: MergedKey[] = []
  #removed: string[] = []
  #checkpointOffset = -1

  // checkpointed
  readonly #sources: SourceWatermarks

  constructor(options: MergeOperatorOptions) {
    this.#partition = options.partition
    this.#sources = new SourceWatermarks(options.sourcePartitions)
    const shared = options.jobs.filter(isWindowJob).filter((job) => !isCustomerJob(job))
    this.#jobs = new Map(
      shared.map((job) => [
        job.id,
        {
          job,
          open: new OpenWindows<MergedWindow>(job.window.sizeMs),
          kept: new OpenWindows<MergedWindow>(job.window.sizeMs + CLOSED_RETENTION_MS),
          keys: new Map(),
        },
      ]),
    )
  }

  get watermarkMs(): number {
    return this.#sources.closedMs
  }

  get stateEntries(): number {
    return [...this.#jobs.values()].reduce((sum, { keys }) => sum + keys.size, 0)
  }

  get openWindows(): number {
    return [...this.#jobs.values()].reduce((sum, { open }) => sum + open.size, 0)
  }

  takeCounts(): OperatorCounts {
    const counts = this.#counts
    this.#counts = new OperatorCounts()
    return counts
  }

  process(record: SourceRecord): void {
    this.#counts.consumed += 1
    const { value } = record
    const message = value === null ? undefined : parsePartial(value.toString())
    if (message === undefined) {
      this.#deadLetter(record, 'bad_partial', 'not a message of stage 1')
    } else if (message.type === 'partial') {
      this.#merge(message, record)
    } else if (this.#sources.hear(message)) {
      this.#close()
    }
  }

  #merge(partial: PartialAggregate, record: SourceRecord): void {
    const of = this.#jobs.get(partial.job)
    if (of === undefined) {
      count(this.#counts.skipped, 'job_not_run')
      return
    }
    const endMs = partial.startMs + of.job.window.sizeMs
    if (endMs + CLOSED_RETENTION_MS <= this.#sources.closedMs) {
      this.#deadLetter(
        record,
        'window_expired',
        `window of ${partial.job} ended ${this.#sources.closedMs - endMs} ms ago`,
      )
      return
    }
    const window = this.#window(of, partial)
    window.count += partial.count
    of.job.aggregate.merge(window.acc, restoreInto(of.job.aggregate.create(), partial.acc))
    if (partial.customers !== undefined) mergeCustomers(window.customers, partial.customers)
    this.#markDirty(window.entry)
    this.#counts.job(of.job.id).in += 1
    if (window.written || endMs <= this.#sources.closedMs) this.#write(window)
  }

  #window(of: MergedJob, { key, startMs }: PartialAggregate): MergedWindow {
    let entry = of.keys.get(key)
    if (entry === undefined) {
      entry = { job: of.job, key, windows: [], dirty: false }
      of.keys.set(key, entry)
    }
    let window = entry.windows.find((known) => known.startMs === startMs)
    if (window === undefined) {
      window = { entry, startMs, acc: of.job.aggregate.create(), customers: noCustomers(), count: 0, written: false }
      this.#keep(of, window)
    }
    return window
  }

  #keep(of: MergedJob, window: MergedWindow): void {
    window.entry.windows.push(window)
    if (!window.written) of.open.add(window.startMs, window)
    of.kept.add(window.startMs, window)
  }

  #close(): void {
    const { closedMs } = this.#sources
    for (const { open, kept, keys } of this.#jobs.values()) {
      for (const { windows } of open.takeClosed(closedMs)) {
        for (const window of windows) if (!window.written) this.#write(window)
      }
      for (const { windows } of kept.takeClosed(closedMs)) {
        for (const window of windows) this.#forget(window, keys)
      }
    }
  }

  #write(window: MergedWindow): void {
    const { entry, startMs, acc, customers } = window
    window.written = true
    this.#markDirty(entry)
    this.#counts.job(entry.job.id).out += 1
    const closed = { key: entry.key, startMs, count: window.count, acc, customers }
    writeWindowResult(this.outputs.to(entry.job.topic, this.#partition), entry.job, closed)
  }

  #forget(window: MergedWindow, keys: Map<string | number, MergedKey>): void {
    const { entry } = window
    entry.windows = entry.windows.filter((other) => other !== window)
    if (entry.windows.length > 0) {
      this.#markDirty(entry)
      return
    }
    keys.delete(entry.key)
    this.#removed.push(changelogKey(entry))
  }

  #markDirty(entry: MergedKey): void {
    if (entry.dirty) return
    entry.dirty = true
    this.#dirty.push(entry)
  }

  #deadLetter(record: SourceRecord, reason: string, detail: string): void {
    count(this.#counts.deadLettered, reason)
    this.outputs.add(deadLetter(PARTIALS_TOPIC, this.#partition, record, reason, detail))
  }

  /** Stage 2 has no clock of its own: idle sources speak for themselves. */
  idle(): Entry[] {
    return []
  }

  checkpoint(offset: number, changelog: RecordBuffer): void {
    if (offset === this.#checkpointOffset) return
    this.#checkpointOffset = offset
    const changed = new Map<string, string | null>()
    for (const key of this.#removed) changed.set(key, null)
    for (const entry of this.#dirty) {
      entry.dirty = false
      if (entry.windows.length > 0) changed.set(changelogKey(entry), encodeEntry(entry))
    }
    this.#removed = []
    this.#dirty = []
    for (const [key, value] of changed) changelog.add({ key, value })
    const marker: Marker = { v: STATE_VERSION, offset, sources: this.#sources }
    changelog.add({ key: MARKER_KEY, value: JSON.stringify(marker) })
  }

  restore(entries: ReadonlyMap<string, string>): RestoredPosition | undefined {
    const encoded = entries.get(MARKER_KEY)
    if (encoded === undefined) return undefined
    const marker = JSON.parse(encoded) as { v: number; offset: number; sources: unknown }
    checkStateVersion(marker.v)
    this.#sources.restore(marker.sources)
    for (const [key, value] of entries) if (key.startsWith(KEY_PREFIX)) this.#restoreEntry(value)
    this.#checkpointOffset = marker.offset
    return { offset: marker.offset, relearnFromOffset: marker.offset }
  }

  #restoreEntry(encoded: string): void {
    const { job: jobId, key, w } = JSON.parse(encoded) as EncodedEntry
    const of = this.#jobs.get(jobId)
    if (of === undefined) return
    const entry: MergedKey = { job: of.job, key, windows: [], dirty: false }
    of.keys.set(key, entry)
    for (const [startMs, transactions, written, acc, customers] of w) {
      const restored = restoreInto(of.job.aggregate.create(), acc)
      this.#keep(of, { entry, startMs, acc: restored, customers, count: transactions, written })
    }
  }

  relearn(): void {
    // Nothing of stage 2 lives outside its changelog.
  }

  replayed(): void {
    // No step of stage 2 depends on the wall clock.
  }
}

interface Marker {
  v: number
  offset: number
  sources: SourceWatermarks
}

interface EncodedEntry {
  job: string
  key: string | number
  w: [startMs: number, count: number, written: boolean, acc: unknown, customers: CustomerCounts][]
}

function changelogKey(entry: MergedKey): string {
  return KEY_PREFIX + partialKey(entry.job.id, entry.key)
}

function encodeEntry(entry: MergedKey): string {
  return encodeState({
    v: STATE_VERSION,
    job: entry.job.id,
    key: entry.key,
    w: entry.windows.map(({ startMs, count: transactions, written, acc, customers }) => [
      startMs,
      transactions,
      written,
      acc,
      customers,
    ]),
  })
}
