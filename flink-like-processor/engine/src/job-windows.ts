import { type ColumnContext } from './columns/column.ts'
import { type WindowJob } from './job.ts'
import { Layout } from './layout.ts'
import { HEAD_CELLS, WindowTable } from './window-table.ts'
import { windowStart } from './watermark.ts'

/** The open windows of one job. */
export class JobWindows<E> {
  readonly job: WindowJob<E>
  readonly layout: Layout
  readonly sizeMs: number
  readonly #tables = new Map<number, WindowTable>()
  /** Most events go where the last one went. */
  #last: WindowTable | undefined

  constructor(job: WindowJob<E>, context: ColumnContext) {
    this.job = job
    this.sizeMs = job.window.sizeMs
    this.layout = new Layout(job.id, job.aggregate, context, HEAD_CELLS)
  }

  /** The start of the window that an event time is in. */
  startOf(eventTimeMs: number): number {
    const last = this.#last
    if (last !== undefined && eventTimeMs >= last.startMs && eventTimeMs < last.endMs) return last.startMs
    return windowStart(eventTimeMs, this.sizeMs)
  }

  /** The table of the windows with a start, which is made when there is none. */
  table(startMs: number): WindowTable {
    if (this.#last?.startMs === startMs) return this.#last
    let table = this.#tables.get(startMs)
    if (table === undefined) {
      table = new WindowTable(this.layout, startMs, this.sizeMs)
      this.#tables.set(startMs, table)
    }
    this.#last = table
    return table
  }

  tables(): IterableIterator<WindowTable> {
    return this.#tables.values()
  }

  /** Those that ended at or before an event time, the oldest first. */
  endedBy(timeMs: number): WindowTable[] {
    let ended: WindowTable[] | undefined
    for (const table of this.#tables.values()) if (table.endMs <= timeMs) (ended ??= []).push(table)
    return ended === undefined ? NO_TABLES : ended.sort((a, b) => a.startMs - b.startMs)
  }

  drop(table: WindowTable): void {
    this.#tables.delete(table.startMs)
    if (this.#last === table) this.#last = undefined
    table.drop()
  }

  /** How many windows there are, written ones left out. */
  get open(): number {
    let size = 0
    for (const table of this.#tables.values()) if (!table.isClosed) size += table.size
    return size
  }

  has(key: number): boolean {
    for (const table of this.#tables.values()) if (table.seekKey(key)) return true
    return false
  }
}

const NO_TABLES: WindowTable[] = []

/** The windows of a job; `undefined` for one that is not run. */
export function windowsOf<E>(jobs: readonly JobWindows<E>[], jobId: string): JobWindows<E> | undefined {
  return jobs.find(({ job }) => job.id === jobId)
}

/** Gives up the windows that ended at or before an event time. */
export function dropEnded(jobs: readonly JobWindows<never>[], timeMs: number): void {
  for (const windows of jobs) for (const table of windows.endedBy(timeMs)) windows.drop(table)
}

/** Moves to a key's window, as it was before its first event. */
export function opened(windows: JobWindows<never>, startMs: number, key: number, events: number): WindowTable {
  const table = windows.table(startMs)
  if (table.seekKey(key)) windows.layout.clear(table.rows)
  else table.open(key)
  table.setEvents(events)
  return table
}
