import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  FUTURE_MAX_MS,
  type IgnoredChange,
  seconds,
  type Transaction,
  transactionDecoder,
  TRANSACTIONS_TOPIC,
  UUID_WORDS,
  writeUuidWords,
} from '@fintech-streams/contracts'
import { type SourceRecord } from '@fintech-streams/records'
import { type FedPartition, type OffsetsByTime } from '@fintech-streams/kafka'
import { RollingSums, WINDOW_MS } from './rolling-sums.ts'

/** How far the clocks of this process, the database and Connect may be apart. */
const SKEW_MAX_MS = seconds(10)
/**
 * Records older than this hold nothing that counts. A record's time is when Connect sent it, which is not before its
 * change. The change precedes the event's time by at most `FUTURE_MAX_MS`, and the event counts for one window.
 */
const LOOK_BACK_MS = WINDOW_MS + FUTURE_MAX_MS + SKEW_MAX_MS
/** Records that are counted in one turn of the event loop: an upper bound of what other work waits for. */
const RECORDS_A_TURN = 100

/** The scores of one partition's customers, as far as it has been read. */
export class PartitionScores implements FedPartition {
  readonly partition: number
  readonly sums: RollingSums
  /** All that the log held by then is counted; undefined before the end of the log is reached for the first time. */
  asOfMs: number | undefined
  readonly #count: (outcome: string) => void
  readonly #read = transactionDecoder()
  /** What a turn's records say. */
  readonly #events = {
    count: 0,
    ids: new Int32Array(RECORDS_A_TURN * 2 * UUID_WORDS),
    amountsMinor: new Float64Array(RECORDS_A_TURN),
    timesMs: new Float64Array(RECORDS_A_TURN),
  }

  constructor(options: { partition: number; notesChanges: boolean; count: (outcome: string) => void }) {
    this.partition = options.partition
    this.sums = new RollingSums({ notesChanges: options.notesChanges })
    this.#count = options.count
  }

  /** The first record that may hold an event of the window. */
  async startOffset(reader: OffsetsByTime): Promise<number> {
    const since = await reader.offsetSince(TRANSACTIONS_TOPIC, this.partition, Date.now() - LOOK_BACK_MS)
    return since ?? (await reader.endOffset(TRANSACTIONS_TOPIC, this.partition))
  }

  async apply(records: readonly SourceRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += RECORDS_A_TURN) {
      if (at > 0) await nextTurn()
      this.#applyTurn(records.slice(at, at + RECORDS_A_TURN), Date.now())
    }
  }

  caughtUp(asOfMs: number): void {
    this.asOfMs = asOfMs
  }

  #applyTurn(records: readonly SourceRecord[], nowMs: number): void {
    this.#events.count = 0
    for (const record of records) {
      const outcome = this.#decode(record)
      if (outcome !== undefined) this.#count(outcome)
    }
    this.sums.addAll(this.#events, nowMs, this.#count)
  }

  /** Reads a record as the turn's next event. @returns what it is when it is none. */
  #decode(record: SourceRecord): string | undefined {
    let read: Transaction | IgnoredChange
    try {
      read = this.#read(record)
    } catch {
      // Whatever the error is: the processor writes the record to the dead-letter topic, with the reason.
      return 'malformed'
    }
    if (typeof read === 'string') return read
    const { count, ids, amountsMinor, timesMs } = this.#events
    writeUuidWords(read.customerId, ids, count * 2 * UUID_WORDS)
    writeUuidWords(read.transactionId, ids, count * 2 * UUID_WORDS + UUID_WORDS)
    amountsMinor[count] = read.amountUsdMinor
    timesMs[count] = read.eventTimeMs
    this.#events.count += 1
    return undefined
  }
}
