import { MINUTE_MS, OLD_KEY_HEADER } from '@fintech-streams/contracts'
import { type CommittedRecord } from './log/committed-log.ts'
import { type KafkaLog } from './log/kafka-log.ts'
import { type Minutes } from './minutes.ts'

/** Tolerated clock skew: a record's own time may precede its transaction's event time by this much. */
const CLOCK_AHEAD_MS = 2 * MINUTE_MS

/** The transaction that a record refers to. */
export interface TransactionRef {
  readonly id: string
  readonly eventTimeMs: number
}

/**
 * The distinct transactions of a topic, by the minute of their event time. An update reads only what came since the last.
 */
export class KafkaTally {
  readonly #log: KafkaLog
  readonly #topic: string
  readonly #read: (record: CommittedRecord) => TransactionRef | undefined
  readonly #ids = new Map<number, Set<string>>()
  readonly #next = new Map<number, number>()
  #fromMinute: number

  /**
   * @param read the transaction that a record refers to; nothing for one that creates none or cannot be read.
   * @param fromMs event times before this do not matter.
   */
  constructor(
    log: KafkaLog,
    topic: string,
    fromMs: number,
    read: (record: CommittedRecord) => TransactionRef | undefined,
  ) {
    this.#log = log
    this.#topic = topic
    this.#read = read
    this.#fromMinute = Math.floor(fromMs / MINUTE_MS)
  }

  /** Reads to where the topic ends now. */
  async update(): Promise<void> {
    const partitions = await this.#log.partitionCount(this.#topic)
    for (let partition = 0; partition < partitions; partition += 1) await this.#updatePartition(partition)
  }

  async #updatePartition(partition: number): Promise<void> {
    const sinceMs = Math.max(0, this.#fromMinute * MINUTE_MS - CLOCK_AHEAD_MS)
    const from = this.#next.get(partition) ?? (await this.#log.offsetSince(this.#topic, partition, sinceMs))
    this.#next.set(partition, from)
    for await (const record of this.#log.partition(this.#topic, partition, from)) {
      this.#next.set(partition, record.offset + 1)
      const transaction = this.#read(record)
      if (transaction !== undefined) this.#add(transaction)
    }
  }

  #add({ id, eventTimeMs }: TransactionRef): void {
    const minute = Math.floor(eventTimeMs / MINUTE_MS)
    if (minute < this.#fromMinute) return
    const ids = this.#ids.get(minute)
    if (ids === undefined) this.#ids.set(minute, new Set([id]))
    else ids.add(id)
  }

  /** Forgets what came earlier. */
  forgetBefore(fromMs: number): void {
    this.#fromMinute = Math.floor(fromMs / MINUTE_MS)
    for (const minute of this.#ids.keys()) if (minute < this.#fromMinute) this.#ids.delete(minute)
  }

  /** How many there are in each minute before `beforeMs`. Amounts are not looked at. */
  minutes(beforeMs: number): Minutes {
    return new Map(
      [...this.#ids]
        .filter(([minute]) => minute * MINUTE_MS < beforeMs)
        .map(([minute, { size }]) => [minute, { count: size, minor: 0n }]),
    )
  }
}

/** A row of `fintech.transactions`: creations and snapshot rows, however often they came, but not moved ones. */
export function createdTransaction({ value, headers }: CommittedRecord): TransactionRef | undefined {
  const row = parsed(value)
  const op = row?.['__op']
  const isCreated = op === 'r' || (op === 'c' && headers?.has(OLD_KEY_HEADER) !== true)
  return isCreated ? transactionRefOf(row) : undefined
}

/** The payload of an event `transaction_created`. */
export const createdEvent = ({ value }: CommittedRecord): TransactionRef | undefined => transactionRefOf(parsed(value))

/** The transaction that a row names, if it can be told. */
export function transactionRefOf(row: Record<string, unknown> | undefined): TransactionRef | undefined {
  const [id, at] = [row?.['transaction_id'], row?.['created_at']]
  if (typeof id !== 'string' || typeof at !== 'string') return undefined
  const eventTimeMs = Date.parse(at)
  return Number.isNaN(eventTimeMs) ? undefined : { id: id.toLowerCase(), eventTimeMs }
}

/** A JSON object, or nothing. */
export function parsed(value: Buffer | null): Record<string, unknown> | undefined {
  if (value === null) return undefined
  try {
    const row: unknown = JSON.parse(value.toString('utf8'))
    return typeof row === 'object' && row !== null ? (row as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
