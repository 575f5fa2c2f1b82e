import { setTimeout as sleep } from 'node:timers/promises'
import { formatInstant, PARTITIONS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Random } from '@fintech-streams/generator'
import { buildRow } from '@fintech-streams/testing'
import { type KafkaConnection } from '@fintech-streams/kafka'
import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import { accountOf, type Pairs, pairOf } from './pairs.ts'

/** Transfers are sent in groups, one per tick, like those of a producer with this linger time. */
const TICK_MS = 20
const IN_FLIGHT_MAX = 64
const AMOUNT_MINOR = 2_500

/** Completed transfers, written to Kafka at a fixed rate whatever the system does: every record is one to count. */
export class TransferSource {
  readonly #connection: KafkaConnection
  readonly #pairs: Pairs
  readonly #random: Random
  readonly #common = commonFields()
  /** In all runs. */
  sent = 0
  /** How far behind its plan the last run was, at most. */
  lateMaxMs = 0

  constructor(connection: KafkaConnection, pairs: Pairs, seed: number) {
    this.#connection = connection
    this.#pairs = pairs
    this.#random = new Random('transfers', seed)
  }

  /** @throws Error when the broker refuses records: fewer were written than `sent` tells. */
  async run(perSecond: number, durationMs: number): Promise<void> {
    const producer = new Producer({
      ...this.#connection,
      acks: ProduceAcks.ALL,
    })
    const inFlight = new Set<Promise<unknown>>()
    const failures: Error[] = []
    const startMs = performance.now()
    const total = Math.round((perSecond * durationMs) / 1_000)
    this.lateMaxMs = 0
    try {
      for (let sent = 0; sent < total && failures.length === 0;) {
        const elapsedMs = performance.now() - startMs
        const due = Math.min(total, Math.floor((elapsedMs * perSecond) / 1_000))
        this.lateMaxMs = Math.max(this.lateMaxMs, elapsedMs - (sent * 1_000) / perSecond)
        const messages: MessageToProduce[] = []
        for (; sent < due; sent += 1) messages.push(this.#message())
        this.sent += messages.length
        if (messages.length > 0) {
          const acknowledged: Promise<unknown> = producer
            .send({ messages })
            .catch((error: Error) => failures.push(error))
            .finally(() => inFlight.delete(acknowledged))
          inFlight.add(acknowledged)
          if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight)
        }
        await sleep(TICK_MS)
      }
      await Promise.all(inFlight)
      if (failures.length > 0) throw new Error('the broker did not take the transfers', { cause: failures[0] })
    } finally {
      await producer.close()
    }
  }

  #message(): MessageToProduce {
    const { to, from } = pairOf(this.#pairs, this.#random.int(0, this.#pairs.pairs - 1))
    const nowMs = Date.now()
    const own = {
      transaction_id: this.#random.uuid(),
      customer_id: accountOf(from),
      account_id: accountOf(from),
      to_account_id: accountOf(to),
      created_at: formatInstant(nowMs),
      __source_ts_ms: nowMs,
    }
    const value = `${JSON.stringify(own).slice(0, -1)},${this.#common}`
    return {
      topic: TRANSACTIONS_TOPIC,
      partition: from % PARTITIONS,
      key: Buffer.from(`{"customer_id":"${own.customer_id}"}`),
      value: Buffer.from(value),
    }
  }
}

/** What all records have in common, as the rest of a JSON object. */
function commonFields(): string {
  const amount = (AMOUNT_MINOR / 100).toFixed(2)
  const row = buildRow({ transaction_type: 'TRANSFER', merchant_id: null, amount, amount_usd: amount, __op: 'c' })
  const own = ['transaction_id', 'customer_id', 'account_id', 'to_account_id', 'created_at', '__source_ts_ms']
  const common = Object.entries(row).filter(([name]) => !own.includes(name))
  return JSON.stringify(Object.fromEntries(common)).slice(1)
}
