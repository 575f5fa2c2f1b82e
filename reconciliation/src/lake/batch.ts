import { formatInstant, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type ConsumerBatch, type ReadRecords } from '@fintech-streams/kafka'
import { partitionName, type SourceRecord } from '@fintech-streams/records'
import { addCounts, type Counts } from './counts.ts'
import { dateOf, type Decoded, decodeVerdictRecord, type TransactionJudge } from './decode.ts'
import { type LakeRow, type RawTable } from './tables.ts'

/** What a row takes beside its text. */
const ROW_BYTES = 32

/** The rows of one file to be. */
export interface PendingFile {
  readonly table: RawTable
  readonly date: string
  readonly rows: string[]
}

/** What the next version of the lake will hold: rows by table and date. Every record is in exactly one count. */
export class LakeBatch implements ConsumerBatch {
  readonly counts: Record<string, number> = {}
  rows = 0
  bytes = 0
  /** The largest event time read, by partition. */
  readonly maxEventTimesMs = new Map<string, number>()
  readonly #judge: TransactionJudge
  readonly #files = new Map<string, PendingFile>()

  constructor(judge: TransactionJudge) {
    this.#judge = judge
  }

  get files(): PendingFile[] {
    return [...this.#files.values()]
  }

  add({ topic, partition, records }: Pick<ReadRecords, 'topic' | 'partition' | 'records'>): void {
    for (const record of records) this.#take(topic, partition, record)
    if (records.length > 0) this.#count({ [`${topic}.records`]: records.length })
  }

  #take(topic: string, partition: number, record: SourceRecord): void {
    const isTransaction = topic === TRANSACTIONS_TOPIC
    const source = isTransaction ? 'transactions' : 'fraud_verdicts'
    const at = { partition, offset: record.offset }
    const decoded = isTransaction ? this.#judge(record, at) : decodeVerdictRecord(record.value, at)
    if (decoded.kind === 'ignored') {
      this.#count({ [`${source}.ignored.${decoded.change}`]: 1 })
    } else if (decoded.kind === 'good') {
      this.#count({ [`${source}.good`]: 1 })
      this.#push(source, decoded.date, decoded.row)
      const name = partitionName({ topic, partition })
      this.maxEventTimesMs.set(name, Math.max(this.maxEventTimesMs.get(name) ?? -Infinity, decoded.eventTimeMs))
    } else {
      this.#count({ [`${source}.quarantined.${decoded.reason}`]: 1 })
      this.#push('quarantine', dateOf(record.timestampMs), quarantineRow(topic, partition, record, decoded))
    }
  }

  #push(table: RawTable, date: string, row: LakeRow): void {
    const key = `${table}/${date}`
    let file = this.#files.get(key)
    if (file === undefined) this.#files.set(key, (file = { table, date, rows: [] }))
    const text = jsonOf(row)
    file.rows.push(text)
    this.rows += 1
    this.bytes += text.length + ROW_BYTES
  }

  #count(by: Counts): void {
    addCounts(this.counts, by)
  }
}

function quarantineRow(
  topic: string,
  partition: number,
  { offset, timestampMs, value }: SourceRecord,
  { reason, detail }: Extract<Decoded, { kind: 'quarantined' }>,
): LakeRow {
  return {
    topic,
    kafka_partition: partition,
    kafka_offset: offset,
    record_time: formatInstant(timestampMs),
    reason,
    detail,
    record: value?.toString() ?? null,
    event_date: dateOf(timestampMs),
  }
}

/** Half of a surrogate pair is JSON, and no text that DuckDB takes: it becomes the character for what cannot be read. */
function jsonOf(row: LakeRow): string {
  const text = JSON.stringify(row)
  if (!text.includes('\\ud')) return text
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value))
}
