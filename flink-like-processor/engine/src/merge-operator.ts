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
import { isWindowJob, type Job } from './job.ts'
import { JobWindows } from './job-windows.ts'
import { type WrittenLayout } from './layout.ts'
import { LAYOUT_PREFIX, Layouts } from './layouts.ts'
import { count, type Operator, OperatorCounts, type RestoredPosition } from './operator.ts'
import { columnContext } from './operator-context.ts'
import { type PartialAggregate, PartialReader, type WrittenRow } from './partials.ts'
import { WindowResults } from './results.ts'
import { SourceWatermarks } from './source-watermarks.ts'
import { checkStateVersion, isJson, STATE_VERSION } from './state-version.ts'
import { TextWindows, type WindowHead } from './text-windows.ts'
import { WindowTable } from './window-table.ts'

const MARKER_KEY = 'marker'
const KEY_PREFIX = 'm/'
/**
 * How long a closed window is kept, in event time. A partition that had been empty may still send its share of one;
 * the result is then written again, whole.
 */
const CLOSED_RETENTION_MS = minutes(15)

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
  /** One row a job, in which what may be wrong is tried, and what older programs sent as JSON becomes what this one writes. */
  readonly #scratch: ReadonlyMap<string, WindowTable>

  // transient
  readonly outputs = new OutputBuffer()
  readonly #windowResults = new WindowResults()
  readonly #partials = new PartialReader()
  readonly #encoded = new ByteWriter()
  #counts = new OperatorCounts()
  #checkpointOffset = -1

  // checkpointed
  readonly #context = columnContext(() => '')
  readonly #sources: SourceWatermarks
  readonly #windows: TextWindows<never>
  readonly #layouts = new Layouts()

  constructor(options: MergeOperatorOptions) {
    this.#partition = options.partition
    this.#sources = new SourceWatermarks(options.sourcePartitions)
    const shared = options.jobs.filter(isWindowJob).filter(({ isLocal }) => !isLocal)
    const jobs = shared.map((job) => new JobWindows<never>(job, this.#context))
    this.#windows = new TextWindows(jobs, this.#context.texts, KEY_PREFIX, CLOSED_RETENTION_MS, SOURCES)
    this.#scratch = new Map(jobs.map(({ job, layout }) => [job.id, new WindowTable(layout, 0, 0)]))
  }

  get watermarkMs(): number {
    return this.#sources.closedMs
  }

  get stateEntries(): number {
    let size = 0
    for (const windows of this.#windows.jobs) for (const table of windows.tables()) size += table.size
    return size
  }

  get openWindows(): number {
    return this.#windows.open
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
    const windows = this.#windows.of(partial.job)
    if (windows === undefined) {
      count(this.#counts.skipped, 'job_not_run')
      return
    }
    const endMs = partial.startMs + windows.sizeMs
    if (endMs + CLOSED_RETENTION_MS <= this.#sources.closedMs) {
      this.#deadLetter(
        record,
        'window_expired',
        `window of ${partial.job} ended ${this.#sources.closedMs - endMs} ms ago`,
      )
      return
    }
    const row = this.#rowOf(partial, record)
    if (row === undefined) return
    const table = this.#windows.window(windows, partial.startMs, partial.key)
    if (endMs <= this.#sources.closedMs) table.isClosed = true
    const sources = sourcesOf(table)
    if (sources.includes(partial.source)) {
      // Stage 1 went back to a checkpoint without its committed offset, and sent its share once more.
      count(this.#counts.skipped, 'repeated_partial')
      return
    }
    sources.push(partial.source)
    table.addEvents(partial.count)
    table.layout.merge(table.rows, row.layout, row.from)
    table.markChanged()
    this.#counts.job(partial.job).in += 1
    // A closed window is written again, whole.
    if (table.isClosed) this.#write(windows, table)
  }

  /** What a partial aggregate holds; a dead letter where that is none of the job's. */
  #rowOf({ job, row }: PartialAggregate, record: SourceRecord): WrittenRow | undefined {
    const scratch = this.#scratch.get(job)!
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
      this.#deadLetter(record, 'bad_partial', `not an accumulator of ${job}: ${String(error)}`)
      return undefined
    }
    const { text } = scratch.layout
    const layout: WrittenLayout = { text, job, columns: [] }
    return { layout, from: new ByteReader(this.#encoded.bytes.subarray(0, this.#encoded.length)) }
  }

  #close(): void {
    const { closedMs } = this.#sources
    for (const windows of this.#windows.jobs) {
      for (const table of windows.endedBy(closedMs)) {
        if (table.isClosed) continue
        table.isClosed = true
        table.forEach(() => this.#write(windows, table))
      }
      for (const table of windows.endedBy(closedMs - CLOSED_RETENTION_MS)) this.#windows.remove(windows, table)
    }
    this.#context.texts.sweep(closedMs)
  }

  #write(windows: JobWindows<never>, table: WindowTable): void {
    const { job } = windows
    table.markChanged()
    this.#counts.job(job.id).out += 1
    const { startMs, events, layout, rows } = table
    const closed = { key: this.#windows.keyOf(windows, table.key), startMs, count: events, values: layout.values(rows) }
    const into = this.outputs.to(job.topic, this.#partition)
    this.#windowResults.write(into, job, closed, (writer) => {
      if (typeof closed.key === 'number') writer.number(closed.key)
      else this.#context.texts.writeJson(table.key, writer)
    })
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
      this.#windows.jobs.map(({ layout }) => layout),
      changelog,
    )
    this.#windows.writeChanges(changelog)
    const marker: Marker = { v: STATE_VERSION, offset, sources: this.#sources }
    changelog.add({ key: MARKER_KEY, value: JSON.stringify(marker) })
  }

  restore(key: string, value: Buffer | null): void {
    // An entry is removed when its windows are forgotten, which the marker says as well.
    if (value === null) return
    if (key === MARKER_KEY) this.#restoreMarker(JSON.parse(value.toString()) as EncodedMarker)
    else if (key.startsWith(LAYOUT_PREFIX)) this.#layouts.restore(key, value)
    else if (!key.startsWith(KEY_PREFIX)) return
    else if (isJson(value)) this.#restoreJson(JSON.parse(value.toString()) as JsonEntry)
    else this.#windows.restore(value, this.#layouts)
  }

  #restoreMarker({ v, offset, sources }: EncodedMarker): void {
    checkStateVersion(v)
    this.#checkpointOffset = offset
    this.#sources.restore(sources)
    this.#windows.dropEnded(this.#sources.closedMs)
    this.#context.texts.sweep(this.#sources.closedMs)
  }

  restored(): RestoredPosition | undefined {
    if (this.#checkpointOffset === -1) return undefined
    // Compaction may have left older entries behind the marker.
    this.#windows.dropEnded(this.#sources.closedMs)
    for (const windows of this.#windows.jobs) {
      for (const table of windows.endedBy(this.#sources.closedMs)) table.isClosed = true
    }
    return { offset: this.#checkpointOffset }
  }

  #restoreJson({ job, key, w }: JsonEntry): void {
    const windows = this.#windows.of(job)
    if (windows === undefined) return
    for (const [startMs, events, , acc, keys, sources = []] of w) {
      const table = this.#windows.restoredWindow(windows, startMs, key, events)
      setSources(table, sources)
      table.layout.mergeJson(table.rows, acc, keys)
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

/** The source partitions whose share the current window has. Each sends one. */
function sourcesOf(table: WindowTable): number[] {
  if (table.mark === 0) setSources(table, [])
  return table.rows.beside[table.mark] as number[]
}

function setSources(table: WindowTable, sources: number[]): void {
  table.mark = table.rows.beside.length
  table.rows.beside.push(sources)
}

const SOURCES: WindowHead = {
  write: (table, into) => {
    const sources = sourcesOf(table)
    into.varint(sources.length)
    for (const source of sources) into.varint(source)
  },
  read: (table, from) =>
    setSources(
      table,
      Array.from({ length: from.varint() }, () => from.varint()),
    ),
}
