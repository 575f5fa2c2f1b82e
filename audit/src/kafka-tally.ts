import { type CommittedRecord } from './log/committed-log.ts'
import { type KafkaLog } from './log/kafka-log.ts'
import { type Minutes } from './minutes.ts'

/** Records are written after what they tell of; a writer's clock may be ahead by so much. */
const CLOCK_AHEAD_MS = 120_000
const MINUTE_MS = 60_000

/** A transaction that a record tells of. */
export interface Told {
  readonly id: string
  readonly eventTimeMs: number
}

/**
 * The different transactions that a topic tells of, by the minute of their event time. It reads on from where it stood,
 * so that a second look costs only what came in between.
 */
export class KafkaTally {
  readonly #log: KafkaLog
  readonly #topic: string
  readonly #read: (record: CommittedRecord) => Told | undefined
  readonly #ids = new Map<number, Set<string>>()
  readonly #next = new Map<number, number>()
  #fromMinute: number

  /**
   * @param read what a record tells of; nothing for one that creates no transaction or cannot be read.
   * @param fromMs event times before this do not matter.
   */
  constructor(log: KafkaLog, topic: string, fromMs: number, read: (record: CommittedRecord) => Told | undefined) {
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
      const told = this.#read(record)
      if (told !== undefined) this.#add(told)
    }
  }

  #add({ id, eventTimeMs }: Told): void {
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

/** A row of `fintech.transactions`: creations and snapshot rows, however often they came. */
export function createdTransaction({ value }: CommittedRecord): Told | undefined {
  const row = parsed(value)
  const op = row?.['__op']
  return op === 'c' || op === 'r' ? told(row) : undefined
}

/** The payload of an event `transaction_created`. */
export const createdEvent = ({ value }: CommittedRecord): Told | undefined => told(parsed(value))

/** The transaction that a row names, if it can be told. */
export function told(row: Record<string, unknown> | undefined): Told | undefined {
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
