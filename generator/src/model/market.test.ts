import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '@fintech-streams/contracts'
import { Random } from '../random.ts'
import { Market } from './market.ts'
import { CURRENCIES } from './places.ts'

describe('Market', () => {
  const startMs = Date.parse('2026-11-20T09:00:30Z')

  it('has a rate for every currency of an account, 1 for the dollar and none for others', () => {
    const { fxRates } = new Market(new Random('market'))
    for (const currency of CURRENCIES) expect(fxRates(currency)).toBeGreaterThan(0)
    expect(fxRates('USD')).toBe(100_000_000)
    expect(fxRates('XTS')).toBeUndefined()
  })

  it('moves once a minute and says by how much', () => {
    const market = new Market(new Random('market'))
    const before = market.fxRates('EUR') as number
    const first = market.advance(startMs)
    const euro = first.find(({ symbol }) => symbol === 'EURUSD')
    expect(euro?.recordedAtMs).toBe(Date.parse('2026-11-20T09:00:00Z'))
    expect(market.fxRates('EUR')).toBe(euro?.priceE8)
    expect(euro?.changeE8).toBe((euro?.priceE8 ?? 0) - before)
    expect(market.advance(startMs + 29_000)).toEqual([])
    expect(market.advance(startMs + 30_000)).toHaveLength(first.length)
  })

  it('stays near where it started for a year, and goes on from the last known price', () => {
    const market = new Market(new Random('year'), new Map([['EURUSD', 120_000_000]]))
    expect(market.fxRates('EUR')).toBe(120_000_000)
    for (let minute = 0; minute < 60 * 24 * 365; minute += 1) market.advance(startMs + minute * MINUTE_MS)
    expect(market.fxRates('EUR')).toBeGreaterThan(100_000_000)
    expect(market.fxRates('EUR')).toBeLessThan(117_000_000)
  })
})
