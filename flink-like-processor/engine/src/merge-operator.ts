import { minutes, PARTIALS_TOPIC } from '@fintech-streams/contracts'
import { type Entry, OutputBuffer, type RecordBuffer, type SourceRecord } from '@fintech-streams/records'
import { deadLetter } from './dead-letter.ts'
import { isWindowJob, type Job, type WindowJob } from './job.ts'
import { OpenWindows } from './open-windows.ts'
import { count, type Operator, OperatorCounts, type RestoredPosition } from './operator.ts'
import { parsePartial, type PartialAggregate, partialKey } from './partials.ts'
import { WindowResults } from './results.ts'
import { SourceWatermarks } from './source-watermarks.ts'
import { checkStateVersion, encodeState, STATE_VERSION } from './state-codec.ts'

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
  /** The summary of the source's keys, where the job asked for one. */
  readonly keys: unknown
  /** The source partitions whose share it has. Each sends one. Windows of state version 2 do not know theirs. */
  readonly sources: number[]
  count: number
  written: boolean
}

interface MergedKey {
  readonly job: WindowJob<never>
  readonly key: string | number
  windows: MergedWindow[]
  dirty: boolean
}

interface MergedJob {
  readonly job: WindowJob<never>
  readonly open: OpenWindows<MergedWindow>
  readonly kept: OpenWindows<MergedWindow>
  readonly keys: Map<string | number, MergedKey>
}

export interface MergeOperatorOptions {
  readonly jobs: readonly Job<never, never>[]
  /** The partition of the partials topic that this operator reads. */
  readonly partition: number
  /** Partitions of the source topic: a window closes when all of them have passed it. */
  readonly sourcePartitions: number
}

/** Stage 2: merges the partial aggregates of all source partitions and writes a window when every source passed it. */
export class MergeOperator implements Operator {
  // configuration
  readonly #partition: number
  readonly #jobs: ReadonlyMap<string, MergedJob>

  // transient
  readonly outputs = new OutputBuffer()
  readonly #windowResults = new WindowResults()
  #counts = new OperatorCounts()
  #dirty: MergedKey[] = []
  #removed: string[] = []
  #checkpointOffset = -1

  // checkpointed
  readonly #sources: SourceWatermarks

  constructor(options: MergeOperatorOptions) {
    this.#partition = options.partition
    this.#sources = new SourceWatermarks(options.sourcePartitions)
    const shared = options.jobs.filter(isWindowJob).filter(({ isLocal }) => !isLocal)
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
    const message = record.value === null ? undefined : parsePartial(record.value)
    if (message === undefined) {
      this.#deadLetter(record, 'bad_partial', 'not a message of stage 1')
    } else if (message.type === 'partial') {
      this.#merge(message, record)
    } else if (this.#sources.onMessage(message)) {
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
    const share = this.#shareOf(of.job, partial, record)
    if (share === undefined) return
    const window = this.#window(of, partial)
    if (window.sources.includes(partial.source)) {
      // Stage 1 went back to a checkpoint without its committed offset, and sent its share once more.
      count(this.#counts.skipped, 'repeated_partial')
      return
    }
    window.sources.push(partial.source)
    window.count += partial.count
    of.job.aggregate.merge(window.acc, share.acc)
    if (share.keys !== undefined) of.job.keys?.merge(window.keys, share.keys)
    this.#markDirty(window.entry)
    this.#counts.job(of.job.id).in += 1
    if (window.written || endMs <= this.#sources.closedMs) this.#write(window)
  }

  /** What a partial aggregate holds; a dead letter where that is none of the job's. */
  #shareOf(
    { id, accumulators, keys: summary }: WindowJob<never>,
    { acc, keys }: PartialAggregate,
    record: SourceRecord,
  ): { acc: object; keys: unknown } | undefined {
    try {
      return { acc: accumulators.restore(acc), keys: keys === undefined ? undefined : summary?.restore(keys) }
    } catch (error) {
      this.#deadLetter(record, 'bad_partial', `not an accumulator of ${id}: ${String(error)}`)
      return undefined
    }
  }

  #window(of: MergedJob, { key, startMs }: PartialAggregate): MergedWindow {
    let entry = of.keys.get(key)
    if (entry === undefined) {
      entry = { job: of.job, key, windows: [], dirty: false }
      of.keys.set(key, entry)
    }
    let window = entry.windows.find((known) => known.startMs === startMs)
    if (window === undefined) {
      const [acc, keys] = [of.job.aggregate.create(), of.job.keys?.none()]
      window = { entry, startMs, acc, keys, sources: [], count: 0, written: false }
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
    const { entry, startMs, acc, keys } = window
    window.written = true
    this.#markDirty(entry)
    this.#counts.job(entry.job.id).out += 1
    const closed = { key: entry.key, startMs, count: window.count, acc, keys }
    this.#windowResults.write(this.outputs.to(entry.job.topic, this.#partition), entry.job, closed)
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
    return { offset: marker.offset }
  }

  #restoreEntry(encoded: string): void {
    const { job: jobId, key, w } = JSON.parse(encoded) as EncodedEntry
    const of = this.#jobs.get(jobId)
    if (of === undefined) return
    const entry: MergedKey = { job: of.job, key, windows: [], dirty: false }
    of.keys.set(key, entry)
    for (const [startMs, events, written, acc, keys, sources = []] of w) {
      const restored = of.job.accumulators.restore(acc)
      const summary = keys === null ? of.job.keys?.none() : of.job.keys?.restore(keys)
      this.#keep(of, { entry, startMs, acc: restored, keys: summary, sources, count: events, written })
    }
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
  w: [startMs: number, count: number, written: boolean, acc: unknown, keys: unknown, sources?: number[]][]
}

function changelogKey(entry: MergedKey): string {
  return KEY_PREFIX + partialKey(entry.job.id, entry.key)
}

function encodeEntry(entry: MergedKey): string {
  return encodeState({
    v: STATE_VERSION,
    job: entry.job.id,
    key: entry.key,
    w: entry.windows.map(({ startMs, count: events, written, acc, keys, sources }) => [
      startMs,
      events,
      written,
      acc,
      keys,
      sources,
    ]),
  })
}
