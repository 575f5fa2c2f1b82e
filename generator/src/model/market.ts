import { BASE_RATES, MINUTE_MS } from '@fintech-streams/contracts'
import { type FxRates, fxRatesOf } from '@fintech-streams/ledger'
import { type Random } from '../random.ts'
import { type Quote, type QuoteKind } from './records.ts'

const E8 = 100_000_000

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

/** Exchange rates are near real ones; the rest of the market is invented. */
const INSTRUMENTS: readonly Instrument[] = [
  ...Object.entries(BASE_RATES)
    .filter(([currency]) => currency !== 'USD')
    .map(([currency, base]): Instrument => ({ symbol: `${currency}USD`, kind: 'FX', base, volatility: 0.0002 })),
  { symbol: 'NORTHBANK', kind: 'STOCK', base: 184.5, volatility: 0.001, units: 410_000_000 },
  { symbol: 'PAYRAIL', kind: 'STOCK', base: 61.2, volatility: 0.002, units: 1_250_000_000 },
  { symbol: 'FIN100', kind: 'INDEX', base: 4_820, volatility: 0.0006 },
  { symbol: 'LEDGERCOIN', kind: 'CRYPTO', base: 2_350, volatility: 0.004, units: 120_000_000 },
]
export const SYMBOLS: readonly string[] = INSTRUMENTS.map(({ symbol }) => symbol)

/** How strongly a price returns to its base each minute. */
const REVERSION = 0.02

/** Prices that move once a minute: a random walk that returns to where it started, so no rate drifts away in a year. */
export class Market {
  readonly #random: Random
  readonly #priceE8: Map<string, number>
  /** The rates of the moment. */
  readonly fxRates: FxRates
  #minute = -Infinity

  /** @param latest prices to go on from, by symbol, in units of 10^-8. */
  constructor(random: Random, latest: ReadonlyMap<string, number> = new Map()) {
    this.#random = random
    this.#priceE8 = new Map(
      INSTRUMENTS.map(({ symbol, base }) => [symbol, latest.get(symbol) ?? Math.round(base * E8)]),
    )
    this.fxRates = fxRatesOf(this.#priceE8)
  }

  /** Moves every price once if a new minute has begun since the last call, and returns the quotes of that minute. */
  advance(toMs: number): Quote[] {
    const minute = Math.floor(toMs / MINUTE_MS)
    if (minute <= this.#minute) return []
    this.#minute = minute
    return INSTRUMENTS.map((instrument) => this.#move(instrument, minute * MINUTE_MS))
  }

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
