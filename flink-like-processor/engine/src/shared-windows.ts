import { ByteReader, type RecordBuffer } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'
import { type JobWindows } from './job-windows.ts'
import { type JsonCount } from './key-windows.ts'
import { type Keys } from './keys.ts'
import { type Layouts } from './layouts.ts'
import { readKey, writeKey } from './partials.ts'
import { isJson, STATE_VERSION } from './state-version.ts'
import { TextWindows } from './text-windows.ts'
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
  readonly #windows: TextWindows<E>
  readonly #texts: Texts
  readonly #keys: Keys
  #removedPairs: string[] = []

  constructor(jobs: readonly JobWindows<E>[], texts: Texts, keys: Keys) {
    this.#windows = new TextWindows(jobs, texts, SHARED_PREFIX)
    this.#texts = texts
    this.#keys = keys
  }

  get openWindows(): number {
    return this.#windows.open
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
    for (const windows of this.#windows.jobs) {
      for (const table of windows.endedBy(watermarkMs)) {
        table.forEach(() => emit(windows.job, table, this.#windows.keyOf(windows, table.key)))
        for (let entry = 0; entry < table.pairEntries; entry += 1) {
          this.#removedPairs.push(pairsKey(windows, table, entry))
        }
        this.#windows.remove(windows, table)
      }
    }
  }

  /** Forgets the windows that had ended at a checkpoint's watermark: their shares were sent before it. */
  dropEnded(watermarkMs: number): void {
    this.#windows.dropEnded(watermarkMs)
  }

  // --- the changelog ---

  /** Writes the entries that changed since the last call. */
  writeChanges(into: RecordBuffer): void {
    for (const key of this.#removedPairs) into.add({ key, value: null })
    this.#removedPairs = []
    this.#windows.writeChanges(into)
    for (const windows of this.#windows.jobs) {
      for (const table of windows.tables()) if (table.rows.pairs !== undefined) this.#writePairs(windows, table, into)
    }
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
        writeKey(into, this.#windows.keyOf(windows, table.key))
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
    if (isJson(value)) this.#restoreJson(JSON.parse(value.toString()) as JsonShared)
    else this.#windows.restore(value, layouts)
  }

  #restoreJson({ job, key, w }: JsonShared): void {
    const windows = this.#windows.of(job)
    if (windows === undefined) return
    for (const [startMs, events, acc] of w) {
      const table = this.#windows.restoredWindow(windows, startMs, key, events)
      windows.layout.mergeJson(table.rows, acc, undefined)
    }
  }

  /** Takes in an entry of pairs. */
  restorePairs(changelogKey: string, value: Buffer): void {
    const [jobId = '', start, entry] = changelogKey.slice(PAIRS_PREFIX.length).split('/')
    const windows = this.#windows.of(jobId)
    const column = windows?.layout.keyCounts
    if (windows === undefined || column === undefined) return
    const table = windows.table(Number(start))
    table.pairEntries = Math.max(table.pairEntries, Number(entry) + 1)
    const from = new ByteReader(value, 1)
    for (let head = from.byte(); head !== 0; head = from.byte()) {
      if (head === 2) this.#windows.window(windows, table.startMs, readKey(from))
      column.restoreEvents(table.rows, this.#keys.numberOf(from.text()), from.varint())
    }
  }

  /** Takes in what a source key's entry of version 2 or 3 has; the next checkpoint writes it as pairs. */
  restoreCounts(sourceKey: number, counts: readonly JsonCount[]): void {
    for (const [jobId, startMs, key, events] of counts) {
      const windows = this.#windows.of(jobId)
      const column = windows?.layout.keyCounts
      if (windows === undefined || column === undefined) continue
      const table = this.#windows.window(windows, startMs, key)
      column.restoreEvents(table.rows, sourceKey, events)
      column.addEvents(table.rows, sourceKey, 0)
    }
  }
}

const pairsKey = ({ job }: JobWindows<never>, { startMs }: WindowTable, entry: number): string =>
  `${PAIRS_PREFIX}${job.id}/${startMs}/${entry}`
