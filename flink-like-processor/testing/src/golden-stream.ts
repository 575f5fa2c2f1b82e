import {
  CHANNELS,
  COMPLIANCE_FLAGS,
  formatInstant,
  formatMinor,
  hours,
  RISK_LEVELS,
  seconds,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type TransactionRow,
  type TransactionType,
} from '@fintech-streams/contracts'
import { buildRow, id } from '@fintech-streams/testing'

const ROWS = 3_000
const SEED = 20_261_120
const START_MS = Date.UTC(2026, 10, 20, 21, 40)
/** The stream rests at night from 0:40 on, and goes on at 8:40. */
const REST_FROM_ROW = 2_000
const REST_MS = hours(8)
const STEP_MAX_MS = seconds(10)
/** Within what the watermark waits for, so that no row is late, however the rows are partitioned. */
const BACKWARDS_MAX_MS = seconds(4)

const CITIES: readonly (readonly [country: string, city: string])[] = [
  ['DE', 'Berlin'],
  ['DE', 'Hamburg'],
  ['FR', 'Paris'],
  ['GB', 'London'],
  ['US', 'New York'],
  ['SG', 'Singapore'],
]
const CATEGORIES = ['GROCERY', 'FUEL', 'RESTAURANT', 'TRAVEL', 'ELECTRONICS', 'JEWELRY', 'GAMBLING'] as const
const DEAR_CATEGORIES: ReadonlySet<string | null> = new Set(['ELECTRONICS', 'JEWELRY', 'GAMBLING'])
const CURRENCIES = ['EUR', 'USD', 'GBP'] as const
const MERCHANTS = 15
/** More than a result names. */
const CUSTOMERS = 25
/** The customer whose transactions compliance has to look at. */
const WATCHED_CUSTOMER = 7

/** One customer sends this many transactions at once, now and then. */
const BURST_ROWS = 18
const BURST_EVERY_ROWS = 250
const BURST_STEP_MS = seconds(2)

/**
 * 3,000 rows of `fintech.transactions`, the same in every run: 25 customers with habits and lapses, bursts, nights,
 * rows without merchant or location, snapshot rows, repeated records and changes that are no creations.
 */
export function goldenStream(): TransactionRow[] {
  const random = new Random(SEED)
  const rows: TransactionRow[] = []
  let nowMs = START_MS
  let burstCustomer = 0
  for (let n = 0; n < ROWS; n += 1) {
    const sinceBurst = n % BURST_EVERY_ROWS
    const inBurst = n >= BURST_EVERY_ROWS && sinceBurst < BURST_ROWS
    if (sinceBurst === 0) burstCustomer = random.below(CUSTOMERS)
    if (n === REST_FROM_ROW) nowMs += REST_MS
    nowMs += inBurst ? BURST_STEP_MS : random.below(STEP_MAX_MS)
    const eventTimeMs = nowMs - (random.chance(10) ? random.below(BACKWARDS_MAX_MS) : 0)
    const row = goldenRow(random, n, inBurst ? burstCustomer : random.below(CUSTOMERS), eventTimeMs)
    rows.push(row)
    if (random.chance(1)) rows.push({ ...row, __source_lsn: row.__source_lsn + 1 })
    if (random.chance(1)) rows.push({ ...row, __op: 'u', status: 'FAILED' })
  }
  return rows
}

/** Wall time in which a quiet partition closes every window of the stream. */
export const GOLDEN_QUIET_MS = hours(2)

function goldenRow(random: Random, n: number, customer: number, eventTimeMs: number): TransactionRow {
  const type = random.chance(60) ? 'PURCHASE' : random.pick(TRANSACTION_TYPES)
  const merchant = hasMerchant(type) ? random.below(MERCHANTS) : undefined
  const isAbroad = random.chance(3)
  const [country, city] = isAbroad ? random.pick(CITIES) : CITIES[customer % 4]!
  const merchantCategory = merchant === undefined ? null : category(random, customer, merchant)
  const amount = formatMinor(amountMinor(random, customer, DEAR_CATEGORIES.has(merchantCategory)))
  const riskLevel = random.chance(80) ? 'LOW' : random.pick(RISK_LEVELS)
  const createdAt = formatInstant(eventTimeMs)
  return buildRow({
    transaction_id: id(1_000_000 + n),
    customer_id: id(100 + customer),
    account_id: id(200 + customer),
    to_account_id: type === 'TRANSFER' || type === 'WIRE_TRANSFER' ? id(200 + random.below(CUSTOMERS)) : null,
    merchant_id: merchant === undefined ? null : id(300 + merchant),
    merchant_category: merchantCategory,
    transaction_type: type,
    amount,
    amount_usd: amount,
    currency: random.pick(CURRENCIES),
    fee_amount: formatMinor(random.chance(30) ? random.below(5_00) : 0),
    status: random.chance(85) ? 'COMPLETED' : random.pick(TRANSACTION_STATUSES),
    channel: random.chance(97) ? random.pick(CHANNELS) : null,
    transaction_location: random.chance(92) ? JSON.stringify({ country, city }) : null,
    is_cross_border: isAbroad,
    device_fingerprint: random.chance(95) ? `device-${customer}-${random.chance(90) ? 1 : 2}` : null,
    risk_level: riskLevel,
    compliance_flags: flags(random, riskLevel !== 'LOW' || customer === WATCHED_CUSTOMER),
    created_at: createdAt,
    __op: n < 100 ? 'r' : 'c',
    __source_lsn: 2 * n,
  })
}

const hasMerchant = (type: TransactionType): boolean =>
  type === 'PURCHASE' || type === 'REFUND' || type === 'CHARGEBACK'

/** Around a customer's usual amount, more for what is dear, seldom far above it, now and then nothing. */
function amountMinor(random: Random, customer: number, isDear: boolean): number {
  const usual = 20_00 + customer * 15_00
  if (isDear) return 2 * usual + random.below(usual)
  if (random.chance(1)) return random.chance(20) ? 0 : usual * (10 + random.below(300))
  return usual / 2 + random.below(usual)
}

/** Merchants sell mostly one kind of thing; the rarer kinds come late to a customer. */
function category(random: Random, customer: number, merchant: number): string | null {
  if (random.chance(2)) return random.chance(20) ? null : random.pick(CATEGORIES)
  return CATEGORIES[(customer + merchant) % 4]!
}

function flags(random: Random, isSuspect: boolean): string[] {
  const drawn = COMPLIANCE_FLAGS.filter(() => random.chance(isSuspect ? 30 : 2))
  return random.chance(1) ? [...drawn, ...drawn, 'FLAG_OF_TOMORROW'] : drawn
}

/** Mulberry32: integer arithmetic only, so the same on every machine. */
class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }
}
