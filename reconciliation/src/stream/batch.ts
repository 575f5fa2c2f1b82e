import {
  formatInstant,
  MalformedRecord,
  MINUTE_MS,
  readTransaction,
  rowDecoder,
  type TransactionStatus,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { type ConsumerBatch, type ReadRecords } from '@fintech-streams/kafka'
import { type SourceRecord } from '@fintech-streams/records'
import { decodeVerdictRecord } from '../lake/decode.ts'
import { type LakeRow } from '../lake/tables.ts'

const decode = rowDecoder((row) => ({ ...readTransaction(row), inSnapshot: row.isSnapshot }))

/** What a row takes in a batch, about. */
const ROW_BYTES = 400

/** What ops_index has to know of a transaction. */
export interface CommittedTransaction {
  readonly transaction_id: string
  /** When its change was committed; of a row of a snapshot, when that was taken. */
  readonly committed_at: string
  readonly event_time: string
  readonly status: TransactionStatus
  readonly latency_ms: number
  /** `first_snapshot`: nothing but rows of snapshots has come in its partition before. */
  readonly origin: 'change' | 'snapshot' | 'first_snapshot'
}

/** What a minute's row of ops_index grows by, beside its transactions. */
export interface MinuteCounts {
  readonly minute: string
  malformed_count: number
  verdict_count: number
}

/** What the next database transaction brings to fraud_index and ops_index. */
export class IndexBatch implements ConsumerBatch {
  /** Partitions of which the first change has come. */
  readonly changed = new Set<number>()
  readonly #hasChanged: (partition: number) => boolean
  readonly #transactions = new Map<string, CommittedTransaction>()
  readonly #minutes = new Map<string, MinuteCounts>()
  readonly #suspicious = new Map<string, LakeRow>()

  /** @param hasChanged whether anything but rows of a first snapshot has come in a partition. */
  constructor(hasChanged: (partition: number) => boolean) {
    this.#hasChanged = hasChanged
  }

  get bytes(): number {
    return ROW_BYTES * (this.#transactions.size + this.#suspicious.size)
  }

  /** Each once. */
  get transactions(): CommittedTransaction[] {
    return [...this.#transactions.values()]
  }

  get minutes(): MinuteCounts[] {
    return [...this.#minutes.values()]
  }

  /** Verdicts other than NORMAL, the last one of each transaction. */
  get suspicious(): LakeRow[] {
    return [...this.#suspicious.values()]
  }

  add({ topic, partition, records }: Pick<ReadRecords, 'topic' | 'partition' | 'records'>): void {
    for (const record of records) {
      if (topic === TRANSACTIONS_TOPIC) this.#addTransaction(partition, record)
      else this.#addVerdict(partition, record)
    }
  }

  /**
   * A transaction belongs to the minute in which its change was committed: what is imported with old event times counts
   * as today's work. Its latency is from that commit to its record in Kafka.
   */
  #addTransaction(partition: number, record: SourceRecord): void {
    const { timestampMs } = record
    try {
      const transaction = decode(record)
      if (typeof transaction === 'string') return
      const { transactionId, changedAtMs, eventTimeMs, status, inSnapshot } = transaction
      const row: CommittedTransaction = {
        transaction_id: transactionId,
        committed_at: formatInstant(changedAtMs),
        event_time: formatInstant(eventTimeMs),
        status,
        latency_ms: Math.max(0, timestampMs - changedAtMs),
        origin: this.#originOf(partition, inSnapshot),
      }
      if (!this.#transactions.has(transactionId)) this.#transactions.set(transactionId, row)
    } catch (error) {
      if (!(error instanceof MalformedRecord)) throw error
      this.#minute(timestampMs).malformed_count += 1
    }
  }

  #originOf(partition: number, inSnapshot: boolean): CommittedTransaction['origin'] {
    const isKnown = this.changed.has(partition) || this.#hasChanged(partition)
    if (inSnapshot) return isKnown ? 'snapshot' : 'first_snapshot'
    if (!isKnown) this.changed.add(partition)
    return 'change'
  }

  #addVerdict(partition: number, { offset, value, timestampMs }: SourceRecord): void {
    const decoded = decodeVerdictRecord(value, { partition, offset })
    if (decoded.kind !== 'good') return
    this.#minute(timestampMs).verdict_count += 1
    if (decoded.row['verdict'] !== 'NORMAL') this.#suspicious.set(String(decoded.row['transaction_id']), decoded.row)
  }

  #minute(atMs: number): MinuteCounts {
    const minute = formatInstant(Math.floor(atMs / MINUTE_MS) * MINUTE_MS)
    let row = this.#minutes.get(minute)
    if (row === undefined) this.#minutes.set(minute, (row = { minute, malformed_count: 0, verdict_count: 0 }))
    return row
  }
}
