import { MINUTE_MS } from '@fintech-streams/contracts'
import { type Random } from '../random.ts'
import { type Currency } from './places.ts'
import { type Quote, type QuoteKind } from './records.ts'

const E8 = 100_000_000

/** Converts minor units by a rate in units of 10^-8, rounded half up, in integers. `amountMinor` is not negative. */
export function multiplyE8(amountMinor: number, rateE8: number): number {
  const product = amountMinor * rateE8
  if (Number.isSafeInteger(product)) {
    const rest = product % E8
    return (product - rest) / E8 + (2 * rest >= E8 ? 1 : 0)
  }
  return checked((2n * BigInt(amountMinor) * BigInt(rateE8) + BigInt(E8)) / BigInt(2 * E8))
}

/** The inverse: minor units of a currency that are worth this many US cents, rounded half up, in integers. */
export function divideE8(amountUsdMinor: number, rateE8: number): number {
  const rate = BigInt(rateE8)
  return checked((2n * BigInt(amountUsdMinor) * BigInt(E8) + rate) / (2n * rate))
}

function checked(minor: bigint): number {
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`amount ${minor} is beyond the safe range`)
  return Number(minor)
}

interface Instrument {
  symbol: string
  kind: QuoteKind
  /** Where the price starts and what it returns to, in dollars. */
  base: number
  /** Standard deviation of one minute's move, as a part of the base. */
  volatility: number
  /** Units outstanding, for the market capitalisation. */
  units?: number
}

const fx = (currency: Currency, base: number): Instrument => ({
  symbol: `${currency}USD`,
  kind: 'FX',
  base,
  volatility: 0.0002,
})

/** Exchange rates are real currencies; the rest of the market is invented. */
const INSTRUMENTS: readonly Instrument[] = [
  fx('EUR', 1.085),
  fx('GBP', 1.27),
  fx('CHF', 1.13),
  fx('CAD', 0.735),
  fx('AUD', 0.66),
  fx('SGD', 0.745),
  { symbol: 'NORTHBANK', kind: 'STOCK', base: 184.5, volatility: 0.001, units: 410_000_000 },
  { symbol: 'PAYRAIL', kind: 'STOCK', base: 61.2, volatility: 0.002, units: 1_250_000_000 },
  { symbol: 'FIN100', kind: 'INDEX', base: 4_820, volatility: 0.0006 },
  { symbol: 'LEDGERCOIN', kind: 'CRYPTO', base: 2_350, volatility: 0.004, units: 120_000_000 },
]

/** How strongly a price returns to its base each minute. */
const REVERSION = 0.02

/** Prices that move once a minute: a random walk that returns to where it started, so no rate drifts away in a year. */
export class Market {
  readonly #random: Random
  readonly #priceE8: Map<string, number>
  #minute = -Infinity

  /** @param latest prices to go on from, by symbol, in units of 10^-8. */
  constructor(random: Random, latest: ReadonlyMap<string, number> = new Map()) {
    this.#random = random
    this.#priceE8 = new Map(
      INSTRUMENTS.map(({ symbol, base }) => [symbol, latest.get(symbol) ?? Math.round(base * E8)]),
    )
  }

  /** Moves every price once if a new minute has begun since the last call, and returns the quotes of that minute. */
  advance(toMs: number): Quote[] {
    const minute = Math.floor(toMs / MINUTE_MS)
    if (minute <= this.#minute) return []
    this.#minute = minute
    return INSTRUMENTS.map((instrument) => this.#move(instrument, minute * MINUTE_MS))
  }

  /** Dollars for one unit of a currency, in units of 10^-8; undefined for a currency without a rate. */
  readonly fxRates = (currency: string): number | undefined =>
    currency === 'USD' ? E8 : this.#priceE8.get(`${currency}USD`)

  #move({ symbol, kind, base, volatility, units }: Instrument, recordedAtMs: number): Quote {
    const before = this.#priceE8.get(symbol) as number
    const baseE8 = base * E8
    const step = this.#random.gauss(0, volatility) * baseE8 + REVERSION * (baseE8 - before)
    // A price stays positive whatever the walk draws.
    const priceE8 = Math.max(Math.round(before + step), Math.round(baseE8 / 10))
    this.#priceE8.set(symbol, priceE8)
    return {
      symbol,
      kind,
      priceE8,
      changeE8: priceE8 - before,
      volume: this.#random.int(1_000, 1_000_000),
      marketCap: units === undefined ? null : Math.round((priceE8 / E8) * units),
      recordedAtMs,
    }
  }
}
