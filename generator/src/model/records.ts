import { type Channel } from '@fintech-streams/contracts'
import { type Location } from '@fintech-streams/ledger'

/** What the generator makes beside transactions, as values; `write/` knows how they become rows. */

export const TYPOLOGIES = [
  'ACCOUNT_TAKEOVER',
  'CARD_TESTING',
  'STRUCTURING',
  'MULE_FAN_IN',
  'IMPOSSIBLE_TRAVEL',
  'VELOCITY_BURST',
] as const
export type Typology = (typeof TYPOLOGIES)[number]

/** A row of `customer_sessions`, written when the session is over. */
export interface Session {
  sessionId: string
  customerId: string
  channel: Channel
  deviceType: string
  deviceFingerprint: string
  ipAddress: string
  location: Location | null
  actionsCount: number
  startedAtMs: number
  endedAtMs: number
}

export type QuoteKind = 'FX' | 'STOCK' | 'INDEX' | 'CRYPTO'

/** A row of `market_data`. Prices are in units of 10^-8. */
export interface Quote {
  symbol: string
  kind: QuoteKind
  priceE8: number
  changeE8: number
  /** Whole units traded since the quote before. */
  volume: number
  /** Whole dollars, null where the symbol has none. */
  marketCap: number | null
  recordedAtMs: number
}
