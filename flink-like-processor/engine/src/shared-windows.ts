import { ByteReader, type RecordBuffer } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'
import { type JobWindows } from './job-windows.ts'
import { type JsonCount, opened } from './key-windows.ts'
import { type Keys } from './keys.ts'
import { skipRow } from './layout.ts'
import { type Layouts } from './layouts.ts'
import { readKey, writeKey } from './partials.ts'
import { isJson, STATE_VERSION } from './state-version.ts'
import { type Texts } from './texts.ts'
import { type WindowTable } from './window-table.ts'

/** Changelog keys of shared windows begin with this, and those of their pairs of keys with the other. */
export const SHARED_PREFIX = 'w/'
export const PAIRS_PREFIX = 'n/'
/** Well below what a broker takes as one record. */
const PAIRS_ENTRY_BYTES = 256 << 10

interface JsonShared {
  job: string
  key: string | number
  w: [startMs: number, count: number, acc: unknown][]
}

/** One source partition's share of the windows whose keys several source keys have in common. */
export class SharedWindows<E> {
  readonly jobs: readonly JobWindows<E>[]
  readonly #texts: Texts
  readonly #keys: Keys
  #removed: string[] = []

  constructor(jobs: readonly JobWindows<E>[], texts: Texts, keys: Keys) {
    this.jobs = jobs
    this.#texts = texts
    this.#keys = keys
  }

  get openWindows(): number {
    return this.jobs.reduce((sum, { open }) => sum + open, 0)
  }

  /** Adds an event to the window of a key in a table. */
  add(table: WindowTable, key: string | number, sourceKey: number, event: E): void {
    table.open(this.#texts.codeOf(String(key)))
    table.addEvents(1)
    table.markChanged()
    table.rows.sourceKey = sourceKey
    table.layout.add(table.rows, event as never)
  }

  /** Closes the windows that end at or before the watermark and hands each, the current row of its table, to `emit`. */
  close(watermarkMs: number, emit: (job: WindowJob<E>, table: WindowTable, key: string | number) => void): void {
    for (const windows of this.jobs) {
      for (const table of windows.endedBy(watermarkMs)) {
        const codes: number[] = []
        table.forEach(() => {
          codes.push(table.key)
          emit(windows.job, table, this.#keyOf(windows, table.key))
        })
        for (let entry = 0; entry < table.pairEntries; entry += 1) this.#removed.push(pairsKey(windows, table, entry))
        windows.drop(table)
        for (const code of codes) if (!windows.has(code)) this.#removed.push(this.#changelogKey(windows, code))
      }
    }
  }

  /** Forgets the windows that had ended at a checkpoint's watermark: their shares were sent before it. */
  dropEnded(watermarkMs: number): void {
    for (const windows of this.jobs) for (const table of windows.endedBy(watermarkMs)) windows.drop(table)
  }

  #keyOf({ job }: JobWindows<E>, code: number): string | number {
    const text = this.#texts.text(code)
    return job.result.keyKind === 'count' ? Number(text) : text
  }

  #changelogKey({ job }: JobWindows<E>, code: number): string {
    return `${SHARED_PREFIX}${job.id}/${this.#texts.text(code)}`
  }

  // --- the changelog ---

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
    for (const windows of this.jobs) {
      for (const table of windows.tables()) if (table.rows.pairs !== undefined) this.#writePairs(windows, table, into)
    }
  }

  #write(windows: JobWindows<E>, code: number, into: RecordBuffer): void {
    into.byte(STATE_VERSION)
    into.text(windows.layout.hash)
    writeKey(into, this.#keyOf(windows, code))
    for (const table of windows.tables()) {
      if (!table.seekKey(code)) continue
      into.byte(1)
      into.float64(table.startMs)
      into.varint(table.events)
      windows.layout.save(table.rows, into)
    }
    into.byte(0)
  }

  /** The pairs that changed, in entries that are removed with their window: none of them is ever written again. */
  #writePairs(windows: JobWindows<E>, table: WindowTable, into: RecordBuffer): void {
    let begun = 0
    let last = -1
    table.rows.pairs!.takeChanges((row, key, events) => {
      if (begun > 0 && into.sizeOfValue > PAIRS_ENTRY_BYTES) {
        into.byte(0)
        into.endValue()
        begun = 0
      }
      if (begun === 0) {
        into.utf8(pairsKey(windows, table, table.pairEntries))
        into.endKey()
        into.byte(STATE_VERSION)
        table.pairEntries += 1
        last = -1
      }
      begun += 1
      const isSameRow = row === last
      into.byte(isSameRow ? 1 : 2)
      if (!isSameRow) {
        table.rows.seek(row)
        writeKey(into, this.#keyOf(windows, table.key))
        last = row
      }
      into.text(this.#keys.text(key))
      into.varint(events)
    })
    if (begun === 0) return
    into.byte(0)
    into.endValue()
  }

  /** Takes in an entry of the changelog. That one is removed says that its windows have ended. */
  restore(value: Buffer, layouts: Layouts): void {
    if (isJson(value)) return this.#restoreJson(JSON.parse(value.toString()) as JsonShared)
    const from = new ByteReader(value, 1)
    const written = layouts.get(from.text())
    const key = readKey(from)
    const windows = this.#windowsOf(written.job)
    while (from.byte() === 1) {
      const startMs = from.float64()
      const events = from.varint()
      if (windows === undefined) {
        skipRow(written, from)
        continue
      }
      const table = this.#opened(windows, startMs, key, events)
      windows.layout.merge(table.rows, written, from)
    }
  }

  #restoreJson({ job, key, w }: JsonShared): void {
    const windows = this.#windowsOf(job)
    if (windows === undefined) return
    for (const [startMs, events, acc] of w) {
      const table = this.#opened(windows, startMs, key, events)
      windows.layout.mergeJson(table.rows, acc, undefined)
    }
  }

  #opened(windows: JobWindows<E>, startMs: number, key: string | number, events: number): WindowTable {
    this.#texts.untilMs = startMs + windows.sizeMs
    return opened(windows, startMs, this.#texts.codeOf(String(key)), events)
  }

  /** Takes in an entry of pairs. */
  restorePairs(changelogKey: string, value: Buffer): void {
    const [jobId = '', start, entry] = changelogKey.slice(PAIRS_PREFIX.length).split('/')
    const windows = this.#windowsOf(jobId)
    const column = windows?.layout.keyCounts
    if (windows === undefined || column === undefined) return
    const table = windows.table(Number(start))
    table.pairEntries = Math.max(table.pairEntries, Number(entry) + 1)
    this.#texts.untilMs = table.endMs
    const from = new ByteReader(value, 1)
    for (let head = from.byte(); head !== 0; head = from.byte()) {
      if (head === 2) table.open(this.#texts.codeOf(String(readKey(from))))
      column.restoreEvents(table.rows, this.#keys.numberOf(from.text()), from.varint())
    }
  }

  /** Takes in what a source key's entry of version 2 or 3 has; the next checkpoint writes it as pairs. */
  restoreCounts(sourceKey: number, counts: readonly JsonCount[]): void {
    for (const [jobId, startMs, key, events] of counts) {
      const windows = this.#windowsOf(jobId)
      const column = windows?.layout.keyCounts
      if (windows === undefined || column === undefined) continue
      const table = windows.table(startMs)
      this.#texts.untilMs = table.endMs
      table.open(this.#texts.codeOf(String(key)))
      column.restoreEvents(table.rows, sourceKey, events)
      column.addEvents(table.rows, sourceKey, 0)
    }
  }

  #windowsOf(jobId: string): JobWindows<E> | undefined {
    return this.jobs.find(({ job }) => job.id === jobId)
  }
}

const pairsKey = ({ job }: JobWindows<never>, { startMs }: WindowTable, entry: number): string =>
  `${PAIRS_PREFIX}${job.id}/${startMs}/${entry}`
