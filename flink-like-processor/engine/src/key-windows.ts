import { ByteReader, type ByteWriter, type RecordBuffer } from '@fintech-streams/records'
import { type Features, type TimedEvent } from './event.ts'
import { type WindowJob } from './job.ts'
import { dropEnded, type JobWindows, opened, windowsOf } from './job-windows.ts'
import { type Keys } from './keys.ts'
import { skipRow } from './layout.ts'
import { type Layouts } from './layouts.ts'
import { isJson, STATE_VERSION } from './state-version.ts'
import { type Texts } from './texts.ts'
import { type WindowTable } from './window-table.ts'

/** Changelog keys of source keys begin with this. */
export const KEY_PREFIX = 'c/'

/** Events of a source key in a shared window, as state of versions 2 and 3 has them in the key's entry. */
export type JsonCount = [jobId: string, startMs: number, key: string | number, count: number]

interface JsonKey {
  t: number
  p?: unknown
  w: [jobId: string, startMs: number, count: number, acc: unknown][]
  c: JsonCount[]
}

/**
 * The source keys of one partition with their features and the open windows of the jobs that group by them. All of it is
 * one entry of the changelog a key.
 */
export class KeyWindows<E extends TimedEvent, S> {
  readonly keys: Keys
  readonly features: Features<E, S>
  readonly jobs: readonly JobWindows<E>[]
  readonly #texts: Texts

  constructor(jobs: readonly JobWindows<E>[], features: Features<E, S>, keys: Keys, texts: Texts) {
    this.#texts = texts
    this.jobs = jobs
    this.features = features
    this.keys = keys
  }

  get openWindows(): number {
    return this.jobs.reduce((sum, { open }) => sum + open, 0)
  }

  /** Adds an event to the key's window in a table. */
  add(table: WindowTable, key: number, event: E): void {
    table.open(key)
    table.addEvents(1)
    table.layout.add(table.rows, event as never)
  }

  /** Closes the windows that end at or before the watermark and hands each, the current row of its table, to `emit`. */
  close(watermarkMs: number, emit: (job: WindowJob<E>, table: WindowTable) => void): void {
    for (const windows of this.jobs) {
      for (const table of windows.endedBy(watermarkMs)) {
        table.forEach(() => emit(windows.job, table))
        windows.drop(table)
      }
    }
  }

  /** Forgets the windows that had ended at a checkpoint's watermark: their results were written before it. */
  dropEnded(watermarkMs: number): void {
    dropEnded(this.jobs, watermarkMs)
  }

  /** Writes the entries that changed since the last call. */
  writeChanges(into: RecordBuffer): void {
    this.keys.takeChanges(
      (text) => into.add({ key: KEY_PREFIX + text, value: null }),
      (key) => {
        into.ascii(KEY_PREFIX)
        into.utf8(this.keys.text(key))
        into.endKey()
        this.#write(key, into)
        into.endValue()
      },
    )
  }

  #write(key: number, into: ByteWriter): void {
    into.byte(STATE_VERSION)
    into.float64(this.keys.lastEventTimeMs(key))
    const hasFeatures = this.features.has(key)
    into.byte(hasFeatures ? 1 : 0)
    if (hasFeatures) this.features.write(key, into)
    for (const windows of this.jobs) {
      for (const table of windows.tables()) {
        if (!table.seekKey(key)) continue
        into.byte(1)
        into.text(windows.layout.hash)
        into.float64(table.startMs)
        into.varint(table.events)
        windows.layout.save(table.rows, into)
      }
    }
    into.byte(0)
  }

  /**
   * Takes in an entry of the changelog; `null` when it has the key no more.
   * @returns what an entry of version 2 or 3 has of shared windows.
   */
  restore(changelogKey: string, value: Buffer | null, layouts: Layouts): { key: number; counts: readonly JsonCount[] } {
    const text = changelogKey.slice(KEY_PREFIX.length)
    if (value === null) {
      this.keys.restoreForgotten(text)
      return { key: -1, counts: [] }
    }
    if (isJson(value)) return this.#restoreJson(text, JSON.parse(value.toString()) as JsonKey)
    const from = new ByteReader(value, 1)
    const key = this.keys.restore(text, from.float64())
    if (from.byte() === 1) this.features.read(key, from)
    while (from.byte() === 1) {
      const written = layouts.get(from.text())
      const startMs = from.float64()
      const events = from.varint()
      const windows = windowsOf(this.jobs, written.job)
      if (windows === undefined) {
        skipRow(written, from)
        continue
      }
      const table = this.#opened(windows, startMs, key, events)
      windows.layout.merge(table.rows, written, from)
    }
    return { key, counts: [] }
  }

  #restoreJson(text: string, { t, p, w, c }: JsonKey): { key: number; counts: readonly JsonCount[] } {
    const key = this.keys.restore(text, t)
    if (p !== undefined) this.features.readJson(key, p)
    for (const [jobId, startMs, events, acc] of w) {
      const windows = windowsOf(this.jobs, jobId)
      if (windows === undefined) continue
      const table = this.#opened(windows, startMs, key, events)
      windows.layout.mergeJson(table.rows, acc, undefined)
    }
    return { key, counts: c }
  }

  #opened(windows: JobWindows<E>, startMs: number, key: number, events: number): WindowTable {
    this.#texts.untilMs = startMs + windows.sizeMs
    return opened(windows, startMs, key, events)
  }
}
