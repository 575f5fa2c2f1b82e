import { BASE_RATES } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'

/** Dollars for one unit of a currency, in units of 10^-8; undefined for a currency that is not taken. */
export type FxRates = (currency: string) => number | undefined

/** The symbol of a currency's price in `market_data`. */
const symbolOf = (currency: string): string => `${currency}USD`

/** Rates from prices by symbol, in units of 10^-8; a currency without one has its base rate. */
export function fxRatesOf(prices: ReadonlyMap<string, number>): FxRates {
  return (currency) => {
    const base = BASE_RATES[currency]
    if (base === undefined) return undefined
    return prices.get(symbolOf(currency)) ?? Math.round(base * 100_000_000)
  }
}

/** The newest rates of all currencies that are taken. */
export async function readFxRates(client: ClientBase): Promise<FxRates> {
  return fxRatesOf(await readLatestPrices(client, Object.keys(BASE_RATES).map(symbolOf)))
}

/** Last known prices by symbol, in units of 10^-8. It looks each of them up, however long the history of prices is. */
export async function readLatestPrices(client: ClientBase, symbols: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ symbol: string; price: string }>(
    `select wanted.symbol, latest.price from unnest($1::text[]) as wanted (symbol) cross join lateral (
       select price from market_data where market_data.symbol = wanted.symbol order by recorded_at desc limit 1
     ) as latest`,
    [symbols],
  )
  return new Map(rows.map(({ symbol, price }) => [symbol, Number(price.replace('.', ''))]))
}
