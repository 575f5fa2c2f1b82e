import { type ConsumerBatch, type ReadRecords } from '@fintech-streams/kafka'
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

/** What the next database transaction writes: of each key its last record. */
export class ResultBatch implements ConsumerBatch {
  bytes = 0
  readonly refused: RefusedRecord[] = []
  /** Rows that Postgres took, by table. */
  readonly upserted = new Map<string, number>()
  readonly #tables: ReadonlyMap<string, SinkTable>
  readonly #rows = new Map<SinkTable, Map<string, PendingRow>>()

  /** @param tables by topic. */
  constructor(tables: ReadonlyMap<string, SinkTable>) {
    this.#tables = tables
  }

  add({ topic, partition, records }: Pick<ReadRecords, 'topic' | 'partition' | 'records'>): void {
    const table = this.#tables.get(topic)
    if (table === undefined) return
    let rows = this.#rows.get(table)
    if (rows === undefined) this.#rows.set(table, (rows = new Map<string, PendingRow>()))
    for (const record of records) {
      this.bytes += record.value?.length ?? 0
      try {
        const { identity, json } = decodeRow(table, record.value)
        // Not only replaced but moved to the end, so that the rows of a table are in the order they were read.
        rows.delete(identity)
        rows.set(identity, { topic, partition, record, json })
      } catch (error) {
        this.refused.push({ topic, partition, record, ...reasonOf(error) })
      }
    }
  }

  /** The rows of each table that has some. */
  *rows(): Generator<[SinkTable, PendingRow[]]> {
    for (const [table, rows] of this.#rows) if (rows.size > 0) yield [table, [...rows.values()]]
  }
}

/** Whatever an error of decoding is, it is the record's own, and no other one has to wait for it. */
function reasonOf(error: unknown): Pick<RefusedRecord, 'reason' | 'detail'> {
  if (error instanceof MalformedResult) return { reason: error.reason, detail: error.message }
  return { reason: 'undecodable', detail: String(error) }
}
