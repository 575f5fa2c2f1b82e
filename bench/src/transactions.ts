import {
  type Channel,
  type ComplianceFlag,
  formatInstant,
  formatMinor,
  type RiskLevel,
  seconds,
  type TransactionRow,
  type TransactionStatus,
  type TransactionType,
} from '@fintech-streams/contracts'
import { Market, Random } from '@fintech-streams/generator'
import { multiplyE8 } from '@fintech-streams/ledger'
import { buildRow } from '@fintech-streams/testing'
import { type Customer, type Place, type Population } from './population.ts'

/** Of columns that came later, what the declaration gives as an example. */
const EXAMPLE = buildRow()
const AWAY_SHARE = 0.04
const OUT_OF_ORDER_SHARE = 0.1
/** Less than the processor's bound, so that nothing is late. */
const OUT_OF_ORDER_MAX_MS = seconds(4)
const CROSS_BORDER_FEE_E8 = 1_000_000
const WIRE_FEE_MINOR = 25_00

const CHANNELS: Readonly<Record<TransactionType, readonly Channel[]>> = {
  PURCHASE: ['POS', 'POS', 'WEB', 'MOBILE'],
  PAYMENT: ['MOBILE', 'WEB', 'WEB', 'BRANCH'],
  TRANSFER: ['MOBILE', 'MOBILE', 'WEB'],
  WIRE_TRANSFER: ['WEB', 'WEB', 'BRANCH'],
  WITHDRAWAL: ['ATM', 'ATM', 'ATM', 'BRANCH'],
  DEPOSIT: ['MOBILE', 'ATM', 'BRANCH'],
  REFUND: ['WEB', 'POS'],
  CHARGEBACK: ['WEB'],
}

/** Chooses customers by number: the first one most often, each further one less. */
export class SkewedChoice {
  readonly #cumulative: Float64Array
  readonly #hotShare: number

  /**
   * @param exponent of Zipf's law; 0 is uniform.
   * @param hotShare part of all choices that falls on the first customer, beside its own.
   */
  constructor(size: number, exponent: number, hotShare = 0) {
    this.#hotShare = hotShare
    this.#cumulative = new Float64Array(size)
    let sum = 0
    for (let at = 0; at < size; at += 1) this.#cumulative[at] = sum += (at + 1) ** -exponent
  }

  pick(random: Random): number {
    if (this.#hotShare > 0 && random.chance(this.#hotShare)) return 0
    const wanted = random.unit() * this.#cumulative.at(-1)!
    let low = 0
    let high = this.#cumulative.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#cumulative[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Rows as the connector writes them. The same seed gives the same rows. */
export class Transactions {
  readonly #population: Population
  readonly #random: Random
  readonly #market: Market
  #lsn = 0

  constructor(population: Population, seed: number) {
    this.#population = population
    this.#random = new Random(seed, 'transactions')
    this.#market = new Market(new Random(seed, 'market'))
  }

  /** A transaction of this customer, at this time or a little before it. */
  next(customer: Customer, atMs: number): TransactionRow {
    const random = this.#random
    this.#market.advance(atMs)
    const lagMs = random.chance(OUT_OF_ORDER_SHARE) ? random.int(1, OUT_OF_ORDER_MAX_MS) : 0
    const place = random.chance(AWAY_SHARE) ? customer.away : customer.home
    const type = drawType(random)
    const channel = random.pick(CHANNELS[type])
    const amountMinor = Math.max(1, Math.round(customer.usualMinor * Math.exp(random.gauss(0, 0.9))))
    return this.#row(customer, place, type, channel, amountMinor, atMs - lagMs, atMs)
  }

  #row(
    customer: Customer,
    place: Place,
    type: TransactionType,
    channel: Channel,
    amountMinor: number,
    eventTimeMs: number,
    changedAtMs: number,
  ): TransactionRow {
    const random = this.#random
    const rateE8 = this.#market.fxRates(customer.home.currency) ?? 100_000_000
    const amountUsdMinor = multiplyE8(amountMinor, rateE8)
    const sells = type === 'PURCHASE' || type === 'PAYMENT' || type === 'REFUND'
    const merchant = sells ? random.pick(random.chance(0.9) ? customer.shops : this.#population.merchants) : undefined
    const isCrossBorder = place.country !== customer.home.country
    const abroad = isCrossBorder ? multiplyE8(amountUsdMinor, CROSS_BORDER_FEE_E8) : 0
    const moves = type === 'TRANSFER' || type === 'WIRE_TRANSFER'
    const isOnline = channel === 'MOBILE' || channel === 'WEB'
    const score = Math.min(99, random.uniform(0, 20) + (isCrossBorder ? 25 : 0) + (random.chance(0.02) ? 50 : 0))
    return {
      ...EXAMPLE,
      transaction_id: random.uuid(),
      customer_id: customer.id,
      account_id: random.pick(customer.accounts),
      to_account_id: moves ? random.uuid() : null,
      merchant_id: merchant?.id ?? null,
      transaction_type: type,
      amount: formatMinor(amountMinor),
      currency: customer.home.currency,
      fx_rate: (rateE8 / 100_000_000).toFixed(8),
      amount_usd: formatMinor(amountUsdMinor),
      fee_amount: formatMinor((type === 'WIRE_TRANSFER' ? WIRE_FEE_MINOR : 0) + abroad),
      status: drawStatus(random),
      channel,
      merchant_category: merchant?.category ?? null,
      mcc: merchant?.mcc ?? null,
      transaction_location: random.chance(0.98) ? place.location : null,
      is_cross_border: isCrossBorder,
      device_fingerprint: isOnline ? (channel === 'MOBILE' ? customer.phone : customer.laptop) : null,
      ip_address: isOnline ? customer.ip : null,
      risk_score: score.toFixed(2),
      risk_level: levelOf(score),
      compliance_flags: drawFlags(random, amountUsdMinor, score),
      original_transaction_id: type === 'REFUND' || type === 'CHARGEBACK' ? random.uuid() : null,
      created_at: formatInstant(eventTimeMs),
      __deleted: 'false',
      __op: 'c',
      __source_lsn: (this.#lsn += 1),
      __source_ts_ms: changedAtMs,
    }
  }
}

function drawType(random: Random): TransactionType {
  const dice = random.unit()
  if (dice < 0.48) return 'PURCHASE'
  if (dice < 0.62) return 'PAYMENT'
  if (dice < 0.74) return 'TRANSFER'
  if (dice < 0.77) return 'WIRE_TRANSFER'
  if (dice < 0.84) return 'WITHDRAWAL'
  if (dice < 0.97) return 'DEPOSIT'
  return dice < 0.99 ? 'REFUND' : 'CHARGEBACK'
}

function drawStatus(random: Random): TransactionStatus {
  const dice = random.unit()
  if (dice < 0.93) return 'COMPLETED'
  return dice < 0.96 ? 'PENDING' : dice < 0.98 ? 'FAILED' : 'DECLINED'
}

function levelOf(score: number): RiskLevel {
  if (score > 80) return 'CRITICAL'
  if (score > 60) return 'HIGH'
  return score > 30 ? 'MEDIUM' : 'LOW'
}

function drawFlags(random: Random, amountUsdMinor: number, score: number): ComplianceFlag[] {
  const flags: ComplianceFlag[] = []
  if (amountUsdMinor > 10_000_00) flags.push('HIGH_VALUE')
  if (score > 70) flags.push('HIGH_RISK')
  if (amountUsdMinor > 3_000_00 && random.chance(0.2)) flags.push('STRUCTURING_SUSPECTED')
  if (random.chance(0.04)) flags.push('SANCTIONS_CHECK_REQUIRED')
  return flags
}
