import { addCounts, type Counts } from './counts.ts'
import { type Decoded } from './decode.ts'
import { type LakePosition } from './manifest.ts'
import { type RawTable } from './tables.ts'

/** The rows of one file to be. */
export interface PendingFile {
  readonly table: RawTable
  readonly date: string
  readonly rows: string[]
}

/** What the next version of the lake will hold: rows by table and date, and how far each partition was read. */
export class LakeBuffer {
  readonly counts: Record<string, number> = {}
  rows = 0
  bytes = 0
  readonly #files = new Map<string, PendingFile>()
  readonly #positions = new Map<string, LakePosition>()

  get files(): PendingFile[] {
    return [...this.#files.values()]
  }

  get positions(): LakePosition[] {
    return [...this.#positions.values()]
  }

  get isEmpty(): boolean {
    return this.#positions.size === 0
  }

  /** Counts what became of a record and keeps its row; a quarantined one's row is given. */
  add(source: RawTable, decoded: Decoded, quarantine: () => { date: string; row: object }): void {
    if (decoded.kind === 'ignored') {
      this.#count({ [`${source}.ignored.${decoded.change}`]: 1 })
      return
    }
    if (decoded.kind === 'good') {
      this.#count({ [`${source}.good`]: 1 })
      this.#push(source, decoded.date, decoded.row)
      return
    }
    this.#count({ [`${source}.quarantined.${decoded.reason}`]: 1 })
    const { date, row } = quarantine()
    this.#push('quarantine', date, row)
  }

  /** Notes how far a partition was read, with all of its records before that added. */
  moveTo(position: LakePosition, records: number): void {
    this.#positions.set(`${position.topic}/${position.partition}`, position)
    if (records > 0) this.#count({ [`${position.topic}.records`]: records })
  }

  #push(table: RawTable, date: string, row: object): void {
    const key = `${table}/${date}`
    let file = this.#files.get(key)
    if (file === undefined) this.#files.set(key, (file = { table, date, rows: [] }))
    const text = JSON.stringify(row)
    file.rows.push(text)
    this.rows += 1
    this.bytes += text.length
  }

  #count(by: Counts): void {
    addCounts(this.counts, by)
  }
}
