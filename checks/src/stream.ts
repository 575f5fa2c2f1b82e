import { CHANNELS, COMPLIANCE_FLAGS, PARTITIONS, RISK_LEVELS, TRANSACTION_TYPES } from '@fintech-streams/contracts'
import { Random } from './random.ts'
import { row } from './rows.ts'

/** A record to be produced to the source topic. */
export interface ToProduce {
  partition: number
  key: Buffer
  value: Buffer | null
  headers?: ReadonlyMap<string, Buffer>
}

export interface StreamOptions {
  seed: number
  /** New transactions, beside duplicates of them. */
  transactions: number
  customers: number
  /** Event time of the first one. */
  startMs: number
  /** Event time between two, at most. Default: 4 s. */
  stepMs?: number
  /** How many records before it a duplicate was sent, at most. Default: 1,500. */
  duplicatesWithin?: number
}

const STEP_MS = 4_000
const DUPLICATES_WITHIN = 1_500
const PLACES = ['DE Berlin', 'DE Bonn', 'FR Paris', 'US Austin', 'IT ', ' Atlantis'] as const
const CATEGORIES = ['GROCERY', 'FUEL', 'TRAVEL', 'JEWELS', null] as const
const STATUSES = ['COMPLETED', 'COMPLETED', 'COMPLETED', 'PENDING', 'FAILED', 'DECLINED'] as const
const MERCHANTS = 12

interface Customer {
  id: string
  partition: number
  home: string
  device: string
  /** In minor units. */
  usualAmount: number
  flagged: number
}

type Row = Record<string, unknown>

/**
 * Good transactions of a few hours that make every rule of every job fire somewhere: bursts, outliers, journeys, night
 * hours, out-of-order and late records, records beyond the horizon, and duplicates. A seed repeats it.
 */
export class TransactionStream {
  readonly #random: Random
  readonly #options: StreamOptions
  readonly #customers: readonly Customer[]
  readonly #merchants: readonly string[]
  #clockMs: number

  constructor(options: StreamOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#clockMs = options.startMs
    this.#merchants = Array.from({ length: MERCHANTS }, () => this.#random.uuid())
    this.#customers = Array.from({ length: options.customers }, (_, n) => ({
      id: this.#random.uuid(),
      partition: n % PARTITIONS,
      home: this.#random.pick(PLACES),
      device: `device-${n}`,
      usualAmount: 500 + this.#random.whole(20_000),
      flagged: n % 10 === 0 ? 0.9 : 0.1,
    }))
  }

  /** The newest event time so far. */
  get clockMs(): number {
    return this.#clockMs
  }

  *records(): Generator<ToProduce> {
    const { stepMs = STEP_MS, duplicatesWithin = DUPLICATES_WITHIN } = this.#options
    const sent: ToProduce[] = []
    let busy = { customer: this.#random.pick(this.#customers), left: 0 }
    for (let n = 0; n < this.#options.transactions; n += 1) {
      if (busy.left === 0 && this.#random.chance(0.02)) {
        busy = { customer: this.#random.pick(this.#customers), left: 8 + this.#random.whole(12) }
      }
      const inBurst = busy.left > 0
      if (inBurst) busy.left -= 1
      this.#clockMs += this.#random.whole((inBurst ? 0.25 : 1) * stepMs)
      const customer = inBurst ? busy.customer : this.#random.pick(this.#customers)
      const record = this.produced(customer.partition, this.#row(customer))
      sent.push(record)
      yield record
      if (this.#random.chance(0.02))
        yield sent[Math.max(0, sent.length - 1 - this.#random.whole(duplicatesWithin))] ?? record
    }
  }

  /** A good row that has not been sent, of a random customer at the present event time. */
  another(): { partition: number; row: Row } {
    const customer = this.#random.pick(this.#customers)
    return { partition: customer.partition, row: this.#row(customer) }
  }

  /** One record per partition that advances its event time, and the stream's, by `laterMs`. */
  moveOn(laterMs: number): ToProduce[] {
    this.#clockMs += laterMs
    const created_at = new Date(this.#clockMs).toISOString()
    return Array.from({ length: PARTITIONS }, (_, partition) => {
      const changes = { transaction_id: this.#random.uuid(), customer_id: this.#random.uuid(), created_at }
      return this.produced(partition, row(0, { ...changes, __source_ts_ms: Date.parse(created_at) }))
    })
  }

  produced(partition: number, value: Row): ToProduce {
    const key = Buffer.from(JSON.stringify({ customer_id: value['customer_id'] }))
    return { partition, key, value: Buffer.from(JSON.stringify(value)) }
  }

  #row(customer: Customer): Row {
    const random = this.#random
    const hasMerchant = random.chance(0.7)
    const eventTimeMs = this.#clockMs - this.#lagMs()
    return row(0, {
      transaction_id: random.uuid(),
      customer_id: customer.id,
      account_id: random.chance(0.95) ? random.uuid() : null,
      merchant_id: hasMerchant ? random.pick(this.#merchants) : null,
      merchant_category: hasMerchant ? random.pick(CATEGORIES) : null,
      transaction_type: random.pick(TRANSACTION_TYPES),
      status: random.pick(STATUSES),
      risk_level: random.pick(RISK_LEVELS),
      amount_usd: this.#amount(customer),
      fee_amount: `0.${random.whole(10)}${random.whole(10)}`,
      currency: random.pick(['EUR', 'USD', 'VND']),
      channel: random.pick([...CHANNELS, null]),
      transaction_location: this.#location(customer),
      is_cross_border: random.chance(0.1),
      device_fingerprint: random.chance(0.9) ? customer.device : 'borrowed',
      compliance_flags: random.chance(customer.flagged)
        ? [random.pick(COMPLIANCE_FLAGS), random.pick(COMPLIANCE_FLAGS)]
        : [],
      created_at: new Date(eventTimeMs).toISOString(),
      __op: random.pick(['c', 'c', 'c', 'r']),
      __source_ts_ms: eventTimeMs + random.whole(1_000),
    })
  }

  /** How far behind the newest event time: mostly nothing, sometimes out of order, late, or beyond the horizon. */
  #lagMs(): number {
    const dice = this.#random.next()
    if (dice < 0.8) return 0
    if (dice < 0.95) return this.#random.whole(5_000)
    return dice < 0.995 ? this.#random.whole(10 * 60_000) : this.#random.whole(40 * 60_000)
  }

  #amount({ usualAmount }: Customer): string {
    const dice = this.#random.next()
    const factor = dice < 0.96 ? 0.5 + this.#random.next() : dice < 0.99 ? 5 : 60
    const minor = this.#random.chance(0.01) ? 0 : Math.round(usualAmount * factor)
    return (minor / 100).toFixed(2)
  }

  #location({ home }: Customer): string | null {
    if (this.#random.chance(0.1)) return null
    const [country, city] = (this.#random.chance(0.97) ? home : this.#random.pick(PLACES)).split(' ')
    return JSON.stringify({ country, city, lat: 1.5, lon: 2.5 })
  }
}
