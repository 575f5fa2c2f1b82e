import { ByteReader, type RecordBuffer } from '@fintech-streams/records'
import { dropEnded, type JobWindows, opened, windowsOf } from './job-windows.ts'
import { type Layouts } from './layouts.ts'
import { partialKey, readKey, writeKey } from './partials.ts'
import { STATE_VERSION } from './state-version.ts'
import { type Texts } from './texts.ts'
import { type WindowTable } from './window-table.ts'

/** What stands in a window's entry of the changelog in front of its aggregates. */
export interface WindowHead {
  readonly write: (table: WindowTable, into: RecordBuffer) => void
  readonly read: (table: WindowTable, from: ByteReader) => void
}

const NO_HEAD: WindowHead = { write: () => undefined, read: () => undefined }

/** Windows of several jobs by keys that are texts or numbers. The changelog has one entry for each job and key. */
export class TextWindows<E> {
  readonly jobs: readonly JobWindows<E>[]
  readonly #texts: Texts
  readonly #prefix: string
  readonly #keptMs: number
  readonly #head: WindowHead
  #removed: string[] = []

  /**
   * @param prefix changelog keys begin with it.
   * @param keptMs how long windows are kept after their end, in event time.
   */
  constructor(jobs: readonly JobWindows<E>[], texts: Texts, prefix: string, keptMs = 0, head = NO_HEAD) {
    this.jobs = jobs
    this.#texts = texts
    this.#prefix = prefix
    this.#keptMs = keptMs
    this.#head = head
  }

  /** The windows of a job; `undefined` for one that is not run. */
  of(jobId: string): JobWindows<E> | undefined {
    return windowsOf(this.jobs, jobId)
  }

  get open(): number {
    return this.jobs.reduce((sum, { open }) => sum + open, 0)
  }

  /** Moves to the window of a key. Its texts, and those that are read from here on, are kept as long as it is. */
  window(windows: JobWindows<E>, startMs: number, key: string | number): WindowTable {
    const table = windows.table(startMs)
    this.#texts.untilMs = table.endMs + this.#keptMs
    table.open(this.#texts.codeOf(String(key)))
    return table
  }

  keyOf({ job }: JobWindows<E>, code: number): string | number {
    const text = this.#texts.text(code)
    return job.result.keyKind === 'count' ? Number(text) : text
  }

  /** Gives up all windows of a start; keys without another one leave the changelog. */
  remove(windows: JobWindows<E>, table: WindowTable): void {
    const codes: number[] = []
    table.forEach(() => codes.push(table.key))
    windows.drop(table)
    for (const code of codes) if (!windows.has(code)) this.#removed.push(this.#changelogKey(windows, code))
  }

  /** Gives up what had ended at a checkpoint, and was removed before it. */
  dropEnded(timeMs: number): void {
    dropEnded(this.jobs, timeMs - this.#keptMs)
  }

  #changelogKey({ job }: JobWindows<E>, code: number): string {
    return this.#prefix + partialKey(job.id, this.#texts.text(code))
  }

  /** Writes the entries that changed since the last call. */
  writeChanges(into: RecordBuffer): void {
    const changed = new Map<string, { windows: JobWindows<E>; code: number } | null>()
    for (const key of this.#removed) changed.set(key, null)
    for (const windows of this.jobs) {
      for (const table of windows.tables()) {
        table.takeChanged((code) => changed.set(this.#changelogKey(windows, code), { windows, code }))
      }
    }
    this.#removed = []
    for (const [key, entry] of changed) {
      into.utf8(key)
      into.endKey()
      if (entry === null) {
        into.endTombstone()
      } else {
        this.#write(entry.windows, entry.code, into)
        into.endValue()
      }
    }
  }

  #write(windows: JobWindows<E>, code: number, into: RecordBuffer): void {
    into.byte(STATE_VERSION)
    into.text(windows.layout.hash)
    writeKey(into, this.keyOf(windows, code))
    for (const table of windows.tables()) {
      if (!table.seekKey(code)) continue
      into.byte(1)
      into.float64(table.startMs)
      into.varint(table.events)
      this.#head.write(table, into)
      windows.layout.save(table.rows, into)
    }
    into.byte(0)
  }

  /** Takes in an entry of the changelog. */
  restore(value: Buffer, layouts: Layouts): void {
    const from = new ByteReader(value, 1)
    const written = layouts.get(from.text())
    const key = readKey(from)
    const windows = this.of(written.job)
    if (windows === undefined) return
    while (from.byte() === 1) {
      const table = this.restoredWindow(windows, from.float64(), key, from.varint())
      this.#head.read(table, from)
      windows.layout.merge(table.rows, written, from)
    }
  }

  /** Moves to the window of a key, as it was before its first event. */
  restoredWindow(windows: JobWindows<E>, startMs: number, key: string | number, events: number): WindowTable {
    this.#texts.untilMs = startMs + windows.sizeMs + this.#keptMs
    return opened(windows, startMs, this.#texts.codeOf(String(key)), events)
  }
}
