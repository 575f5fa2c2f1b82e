import { setTimeout as sleep } from 'node:timers/promises'
import { formatInstant, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Random } from '@fintech-streams/generator'
import { type KafkaConnection } from '@fintech-streams/kafka'
import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import { Population } from './population.ts'
import { keyOf, partitionOfKey } from './prefill.ts'
import { preciseNow } from './topic-follower.ts'
import { SkewedChoice, Transactions } from './transactions.ts'

const TICK_MS = 5
const CUSTOMERS = 10_000
/** Requests on their way at once. Beyond it sending waits, and what is due meanwhile is late by its own schedule. */
const IN_FLIGHT_MAX = 64

export interface OpenLoopOptions {
  readonly connection: KafkaConnection
  readonly perSecond: number
  readonly durationMs: number
  /** What event time is ahead of wall time. */
  readonly eventAheadMs: number
}

/**
 * Sends transactions at a fixed rate, whatever the system does: each has its moment in a plan, and its latency counts
 * from that moment, also when it could only be sent later. So nothing slow hides what it delayed.
 */
export class OpenLoop {
  /** The moment at which each transaction was due, by its number. */
  readonly dueMs: Float64Array
  /** The wall time at which the last one had been acknowledged. */
  endedMs = 0
  readonly #options: OpenLoopOptions
  #number = 0

  constructor(options: OpenLoopOptions) {
    this.#options = options
    this.dueMs = new Float64Array(Math.floor((options.perSecond * options.durationMs) / 1_000))
  }

  async run(): Promise<void> {
    const { connection, perSecond, eventAheadMs } = this.#options
    const producer = new Producer({ ...connection, acks: ProduceAcks.ALL })
    const population = new Population(CUSTOMERS, 5)
    const transactions = new Transactions(population, 5)
    const choice = new SkewedChoice(CUSTOMERS, 0.8)
    const random = new Random(5, 'open-loop')
    const inFlight = new Set<Promise<unknown>>()
    const startMs = preciseNow()
    try {
      while (this.#number < this.dueMs.length) {
        const due = Math.min(this.dueMs.length, Math.floor(((preciseNow() - startMs) * perSecond) / 1_000))
        const messages: MessageToProduce[] = []
        for (; this.#number < due; this.#number += 1) {
          const dueMs = startMs + (this.#number * 1_000) / perSecond
          this.dueMs[this.#number] = dueMs
          const eventMs = Math.floor(dueMs + eventAheadMs)
          const row = transactions.next(population.customer(choice.pick(random)), eventMs)
          row.transaction_id = idOf(this.#number)
          row.created_at = formatInstant(eventMs)
          const text = JSON.stringify(row)
          const key = keyOf(text)
          messages.push({ topic: TRANSACTIONS_TOPIC, partition: partitionOfKey(key), key, value: Buffer.from(text) })
        }
        if (messages.length > 0) {
          const sent: Promise<unknown> = producer.send({ messages }).finally(() => inFlight.delete(sent))
          inFlight.add(sent)
          if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight)
        }
        await sleep(TICK_MS)
      }
      await Promise.all(inFlight)
      this.endedMs = preciseNow()
    } finally {
      await producer.close()
    }
  }
}

const ID_PREFIX = '00000000-0000-4000-8000-'

/** A transaction's id says its number. */
const idOf = (number: number): string => `${ID_PREFIX}${number.toString(16).padStart(12, '0')}`

/** The number of the transaction that a verdict's Kafka key names. */
export function numberOf(verdictKey: Buffer): number {
  const at = '{"transaction_id":"'.length + ID_PREFIX.length
  return Number.parseInt(verdictKey.toString('latin1', at, at + 12), 16)
}
