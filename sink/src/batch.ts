import { type SourceRecord } from '@fintech-streams/records'
import { decodeRow, MalformedResult } from './decode.ts'
import { type SinkTable } from './tables.ts'

/** A record with where it was read. */
export interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly record: SourceRecord
}

/** A record that cannot become a row. */
export interface RefusedRecord extends ReadRecord {
  readonly reason: string
  readonly detail: string
}

/** A record and what Postgres is to read of it. */
export interface PendingRow extends ReadRecord {
  readonly json: string
}

/** How far a partition has been read. `topicId` tells a topic from an earlier one of its name. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly offset: number
}

const positionKey = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`

/** What the next database transaction writes: of each key its last record, and how far each partition was read. */
export class Batch {
  /** Records read, whatever became of them. */
  records = 0
  bytes = 0
  readonly recordsByTopic = new Map<string, number>()
  readonly refused: RefusedRecord[] = []
  readonly #rows = new Map<SinkTable, Map<string, PendingRow>>()
  readonly #positions = new Map<string, Position>()

  /** Adds records of a partition, in order; `position` is the one after them. */
  add(table: SinkTable, records: readonly SourceRecord[], position: Position): void {
    const { topic, partition } = position
    let rows = this.#rows.get(table)
    if (rows === undefined) this.#rows.set(table, (rows = new Map<string, PendingRow>()))
    this.records += records.length
    this.recordsByTopic.set(topic, (this.recordsByTopic.get(topic) ?? 0) + records.length)
    for (const record of records) {
      this.bytes += record.value?.length ?? 0
      try {
        const { identity, json } = decodeRow(table, record.value)
        // Not only replaced but moved to the end, so that the rows of a table are in the order they were read.
        rows.delete(identity)
        rows.set(identity, { topic, partition, record, json })
      } catch (error) {
        if (!(error instanceof MalformedResult)) throw error
        this.refused.push({ topic, partition, record, reason: error.reason, detail: error.message })
      }
    }
    this.#positions.set(positionKey(position), position)
  }

  /** The rows of each table that has some. */
  *rows(): Generator<[SinkTable, PendingRow[]]> {
    for (const [table, rows] of this.#rows) if (rows.size > 0) yield [table, [...rows.values()]]
  }

  get positions(): Position[] {
    return [...this.#positions.values()]
  }
}
