import { minutes, PARTIALS_TOPIC } from '@fintech-streams/contracts'
import {
  ByteReader,
  ByteWriter,
  type Entry,
  OutputBuffer,
  type RecordBuffer,
  type SourceRecord,
} from '@fintech-streams/records'
import { deadLetter } from './dead-letter.ts'
import { isWindowJob, type Job, type WindowJob } from './job.ts'
import { JobWindows } from './job-windows.ts'
import { opened } from './key-windows.ts'
import { type WrittenLayout } from './layout.ts'
import { LAYOUT_PREFIX, Layouts } from './layouts.ts'
import { count, type Operator, OperatorCounts, type RestoredPosition } from './operator.ts'
import { columnContext } from './operator-context.ts'
import { type PartialAggregate, partialKey, PartialReader, readKey, writeKey, type WrittenRow } from './partials.ts'
import { WindowResults } from './results.ts'
import { SourceWatermarks } from './source-watermarks.ts'
import { checkStateVersion, isJson, STATE_VERSION } from './state-version.ts'
import { WindowTable } from './window-table.ts'

const MARKER_KEY = 'marker'
const KEY_PREFIX = 'm/'
/**
 * How long a closed window is kept, in event time. A partition that had been empty may still send its share of one;
 * the result is then written again, whole.
 */
const CLOSED_RETENTION_MS = minutes(15)

/** A job, and the windows that are kept of it. */
interface MergedJob {
  readonly job: WindowJob<never>
  readonly windows: JobWindows<never>
  /** One row, in which what may be wrong is tried, and what older programs sent as JSON becomes what this one writes. */
  readonly scratch: WindowTable
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
  readonly #partials = new PartialReader()
  readonly #encoded = new ByteWriter()
  #counts = new OperatorCounts()
  #removed: string[] = []
  #checkpointOffset = -1

  // checkpointed
  readonly #context = columnContext(() => '')
  readonly #sources: SourceWatermarks
  readonly #layouts = new Layouts()

  constructor(options: MergeOperatorOptions) {
    this.#partition = options.partition
    this.#sources = new SourceWatermarks(options.sourcePartitions)
    const shared = options.jobs.filter(isWindowJob).filter(({ isLocal }) => !isLocal)
    this.#jobs = new Map(
      shared.map((job) => {
        const windows = new JobWindows<never>(job, this.#context)
        return [job.id, { job, windows, scratch: new WindowTable(windows.layout, 0, 0) }]
      }),
    )
  }

  get watermarkMs(): number {
    return this.#sources.closedMs
  }

  get stateEntries(): number {
    let size = 0
    for (const { windows } of this.#jobs.values()) for (const table of windows.tables()) size += table.size
    return size
  }

  get openWindows(): number {
    return [...this.#jobs.values()].reduce((sum, { windows }) => sum + windows.open, 0)
  }

  takeCounts(): OperatorCounts {
    const counts = this.#counts
    this.#counts = new OperatorCounts()
    return counts
  }

  process(record: SourceRecord): void {
    this.#counts.consumed += 1
    const message = record.value === null ? undefined : this.#partials.read(record.value)
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
    const row = this.#rowOf(of, partial, record)
    if (row === undefined) return
    const table = this.#windowOf(of, partial.key, partial.startMs)
    const sources = this.#sourcesOf(table)
    if (sources.includes(partial.source)) {
      // Stage 1 went back to a checkpoint without its committed offset, and sent its share once more.
      count(this.#counts.skipped, 'repeated_partial')
      return
    }
    sources.push(partial.source)
    table.addEvents(partial.count)
    table.layout.merge(table.rows, row.layout, row.from)
    table.markChanged()
    this.#counts.job(of.job.id).in += 1
    // A closed window is written again, whole.
    if (table.isClosed) this.#write(of, table)
  }

  /** What a partial aggregate holds; a dead letter where that is none of the job's. */
  #rowOf({ job, scratch }: MergedJob, { row }: PartialAggregate, record: SourceRecord): WrittenRow | undefined {
    if ('layout' in row && !scratch.layout.hasOwn) return row
    try {
      scratch.open(0)
      scratch.layout.clear(scratch.rows)
      if ('layout' in row) {
        const { at } = row.from
        scratch.layout.merge(scratch.rows, row.layout, row.from)
        row.from.at = at
        return row
      }
      scratch.layout.mergeJson(scratch.rows, row.acc, row.keys)
      this.#encoded.clear()
      scratch.layout.write(scratch.rows, this.#encoded)
    } catch (error) {
      this.#deadLetter(record, 'bad_partial', `not an accumulator of ${job.id}: ${String(error)}`)
      return undefined
    }
    const { text } = scratch.layout
    const layout: WrittenLayout = { text, job: job.id, columns: [] }
    return { layout, from: new ByteReader(this.#encoded.bytes.subarray(0, this.#encoded.length)) }
  }

  /** The table of a window, moved to its row. */
  #windowOf({ windows }: MergedJob, key: string | number, startMs: number): WindowTable {
    const { texts } = this.#context
    texts.untilMs = startMs + windows.sizeMs + CLOSED_RETENTION_MS
    const table = windows.table(startMs)
    if (table.endMs <= this.#sources.closedMs) table.isClosed = true
    table.open(texts.codeOf(String(key)))
    return table
  }

  /** The source partitions whose share the current window has. Each sends one. */
  #sourcesOf(table: WindowTable): number[] {
    const { beside } = table.rows
    if (table.mark === 0) {
      table.mark = beside.length
      beside.push([])
    }
    return beside[table.mark] as number[]
  }

  #close(): void {
    const { closedMs } = this.#sources
    for (const of of this.#jobs.values()) {
      for (const table of of.windows.endedBy(closedMs)) {
        if (table.isClosed) continue
        table.isClosed = true
        table.forEach(() => this.#write(of, table))
      }
      for (const table of of.windows.endedBy(closedMs - CLOSED_RETENTION_MS)) this.#forget(of, table)
    }
    this.#context.texts.sweep(closedMs)
  }

  #write({ job }: MergedJob, table: WindowTable): void {
    table.markChanged()
    this.#counts.job(job.id).out += 1
    const { startMs, events, layout, rows } = table
    const closed = { key: this.#keyOf(job, table.key), startMs, count: events, values: layout.values(rows) }
    const into = this.outputs.to(job.topic, this.#partition)
    this.#windowResults.write(into, job, closed, (writer) => {
      if (typeof closed.key === 'number') writer.number(closed.key)
      else this.#context.texts.writeJson(table.key, writer)
    })
  }

  #keyOf({ result }: WindowJob<never>, code: number): string | number {
    const text = this.#context.texts.text(code)
    return result.keyKind === 'count' ? Number(text) : text
  }

  #forget({ job, windows }: MergedJob, table: WindowTable): void {
    const codes: number[] = []
    table.forEach(() => codes.push(table.key))
    windows.drop(table)
    for (const code of codes) if (!windows.has(code)) this.#removed.push(changelogKey(job, this.#keyOf(job, code)))
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
    this.#layouts.writeChanges(
      [...this.#jobs.values()].map(({ windows }) => windows.layout),
      changelog,
    )
    const changed = new Map<string, { of: MergedJob; code: number } | null>()
    for (const key of this.#removed) changed.set(key, null)
    for (const of of this.#jobs.values()) {
      for (const table of of.windows.tables()) {
        table.takeChanged((code) => changed.set(changelogKey(of.job, this.#keyOf(of.job, code)), { of, code }))
      }
    }
    this.#removed = []
    for (const [key, entry] of changed) {
      changelog.utf8(key)
      changelog.endKey()
      if (entry === null) {
        changelog.endTombstone()
      } else {
        this.#writeEntry(entry.of, entry.code, changelog)
        changelog.endValue()
      }
    }
    const marker: Marker = { v: STATE_VERSION, offset, sources: this.#sources }
    changelog.add({ key: MARKER_KEY, value: JSON.stringify(marker) })
  }

  #writeEntry({ job, windows }: MergedJob, code: number, into: RecordBuffer): void {
    into.byte(STATE_VERSION)
    into.text(windows.layout.hash)
    writeKey(into, this.#keyOf(job, code))
    for (const table of windows.tables()) {
      if (!table.seekKey(code)) continue
      const sources = this.#sourcesOf(table)
      into.byte(1)
      into.float64(table.startMs)
      into.varint(table.events)
      into.varint(sources.length)
      for (const source of sources) into.varint(source)
      windows.layout.save(table.rows, into)
    }
    into.byte(0)
  }

  restore(key: string, value: Buffer | null): void {
    // An entry is removed when its windows are forgotten, which the marker says as well.
    if (value === null) return
    if (key === MARKER_KEY) this.#restoreMarker(JSON.parse(value.toString()) as EncodedMarker)
    else if (key.startsWith(LAYOUT_PREFIX)) this.#layouts.restore(key, value)
    else if (!key.startsWith(KEY_PREFIX)) return
    else if (isJson(value)) this.#restoreJson(JSON.parse(value.toString()) as JsonEntry)
    else this.#restoreEntry(new ByteReader(value, 1))
  }

  #restoreMarker({ v, offset, sources }: EncodedMarker): void {
    checkStateVersion(v)
    this.#checkpointOffset = offset
    this.#sources.restore(sources)
    this.#dropForgotten()
  }

  restored(): RestoredPosition | undefined {
    if (this.#checkpointOffset === -1) return undefined
    this.#dropForgotten()
    for (const { windows } of this.#jobs.values()) {
      for (const table of windows.endedBy(this.#sources.closedMs)) table.isClosed = true
    }
    return { offset: this.#checkpointOffset }
  }

  #dropForgotten(): void {
    const forgottenMs = this.#sources.closedMs - CLOSED_RETENTION_MS
    for (const { windows } of this.#jobs.values()) {
      for (const table of windows.endedBy(forgottenMs)) windows.drop(table)
    }
    this.#context.texts.sweep(this.#sources.closedMs)
  }

  #restoreEntry(from: ByteReader): void {
    const written = this.#layouts.get(from.text())
    const key = readKey(from)
    const of = this.#jobs.get(written.job)
    if (of === undefined) return
    while (from.byte() === 1) {
      const startMs = from.float64()
      const events = from.varint()
      const sources = Array.from({ length: from.varint() }, () => from.varint())
      const table = this.#restoredWindow(of, key, startMs, events, sources)
      table.layout.merge(table.rows, written, from)
    }
  }

  #restoreJson({ job, key, w }: JsonEntry): void {
    const of = this.#jobs.get(job)
    if (of === undefined) return
    for (const [startMs, events, , acc, keys, sources = []] of w) {
      const table = this.#restoredWindow(of, key, startMs, events, sources)
      table.layout.mergeJson(table.rows, acc, keys)
    }
  }

  #restoredWindow(
    { windows }: MergedJob,
    key: string | number,
    startMs: number,
    events: number,
    sources: number[],
  ): WindowTable {
    const { texts } = this.#context
    texts.untilMs = startMs + windows.sizeMs + CLOSED_RETENTION_MS
    const table = opened(windows, startMs, texts.codeOf(String(key)), events)
    table.mark = table.rows.beside.length
    table.rows.beside.push(sources)
    return table
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

interface EncodedMarker {
  v: number
  offset: number
  sources: unknown
}

/** An entry of state version 2 or 3; version 2 did not know a window's sources. */
interface JsonEntry {
  job: string
  key: string | number
  w: [startMs: number, count: number, written: boolean, acc: unknown, keys: unknown, sources?: number[]][]
}

function changelogKey({ id }: WindowJob<never>, key: string | number): string {
  return KEY_PREFIX + partialKey(id, key)
}
