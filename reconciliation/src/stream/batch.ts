import {
  type ChangeRecord,
  formatInstant,
  MalformedRecord,
  MINUTE_MS,
  transactionDecoder,
} from '@fintech-streams/contracts'
import { decodeVerdictRecord } from '../lake/decode.ts'
import { type LakePosition } from '../lake/manifest.ts'
import { type LakeRow } from '../lake/tables.ts'

/** A record as it was read. */
export interface StreamRecord extends ChangeRecord {
  readonly offset: number
}

const decode = transactionDecoder()

/** What a minute's row of ops_index grows by. */
export interface MinuteCounts {
  minute: string
  transaction_count: number
  completed_count: number
  pending_count: number
  failed_count: number
  declined_count: number
  malformed_count: number
  verdict_count: number
  latency_sum_ms: number
  latency_max_ms: number
}

const COUNT_OF = {
  COMPLETED: 'completed_count',
  PENDING: 'pending_count',
  FAILED: 'failed_count',
  DECLINED: 'declined_count',
} as const

/** What the next database transaction adds to fraud_index and ops_index, and how far the topics were read for it. */
export class IndexBatch {
  records = 0
  readonly #minutes = new Map<string, MinuteCounts>()
  readonly #suspicious = new Map<string, LakeRow>()
  readonly #positions = new Map<string, LakePosition>()

  get minutes(): MinuteCounts[] {
    return [...this.#minutes.values()]
  }

  /** Verdicts other than NORMAL, the last one of each transaction. */
  get suspicious(): LakeRow[] {
    return [...this.#suspicious.values()]
  }

  get positions(): LakePosition[] {
    return [...this.#positions.values()]
  }

  /**
   * A transaction belongs to the minute in which its change was committed: what is imported with old event times counts
   * as today's work. Its latency is from that commit to its record in Kafka.
   */
  addTransaction(record: StreamRecord): void {
    this.records += 1
    const { timestampMs } = record
    try {
      const transaction = decode(record)
      if (typeof transaction === 'string') return
      const row = this.#minute(transaction.changedAtMs)
      const latencyMs = Math.max(0, timestampMs - transaction.changedAtMs)
      row.transaction_count += 1
      row[COUNT_OF[transaction.status]] += 1
      row.latency_sum_ms += latencyMs
      row.latency_max_ms = Math.max(row.latency_max_ms, latencyMs)
    } catch (error) {
      if (!(error instanceof MalformedRecord)) throw error
      this.#minute(timestampMs).malformed_count += 1
    }
  }

  addVerdict(partition: number, { offset, value, timestampMs }: StreamRecord): void {
    this.records += 1
    const decoded = decodeVerdictRecord(value, { partition, offset })
    if (decoded.kind !== 'good') return
    this.#minute(timestampMs).verdict_count += 1
    if (decoded.row['verdict'] !== 'NORMAL') this.#suspicious.set(String(decoded.row['transaction_id']), decoded.row)
  }

  moveTo(position: LakePosition): void {
    this.#positions.set(`${position.topic}/${position.partition}`, position)
  }

  #minute(atMs: number): MinuteCounts {
    const minute = formatInstant(Math.floor(atMs / MINUTE_MS) * MINUTE_MS)
    let row = this.#minutes.get(minute)
    if (row === undefined) this.#minutes.set(minute, (row = emptyMinute(minute)))
    return row
  }
}

const emptyMinute = (minute: string): MinuteCounts => ({
  minute,
  transaction_count: 0,
  completed_count: 0,
  pending_count: 0,
  failed_count: 0,
  declined_count: 0,
  malformed_count: 0,
  verdict_count: 0,
  latency_sum_ms: 0,
  latency_max_ms: 0,
})
