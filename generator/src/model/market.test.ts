import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '@fintech-streams/contracts'
import { Random } from '../random.ts'
import { divideE8, Market, multiplyE8 } from './market.ts'
import { CURRENCIES } from './places.ts'

const E8 = 100_000_000n

describe('conversion', () => {
  it('rounds half up to a cent', () => {
    expect(multiplyE8(100, 108_500_000)).toBe(109) // 1.085 is 1.09
    expect(multiplyE8(100, 108_499_999)).toBe(108)
    expect(multiplyE8(0, 108_500_000)).toBe(0)
    expect(divideE8(108, 108_000_000)).toBe(100)
    expect(divideE8(1, 200_000_000)).toBe(1) // half a cent is one
  })

  it('is exact for every amount and rate, beyond the range of exact products of numbers too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000_000_000 }),
        fc.integer({ min: 1, max: 20_000_000_000 }),
        (amountMinor, rateE8) => {
          const exact = (BigInt(amountMinor) * BigInt(rateE8) * 2n + E8) / (2n * E8)
          expect(BigInt(multiplyE8(amountMinor, rateE8))).toBe(exact)
        },
      ),
    )
  })

  it('comes back to the amount it started from, give or take what a cent is worth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 60_000_000, max: 130_000_000 }),
        (a, rate) => {
          expect(Math.abs(divideE8(multiplyE8(a, rate), rate) - a)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('refuses what is beyond the safe range, instead of rounding it', () => {
    expect(() => multiplyE8(Number.MAX_SAFE_INTEGER, 200_000_000)).toThrow(RangeError)
    expect(() => divideE8(Number.MAX_SAFE_INTEGER, 50_000_000)).toThrow(RangeError)
  })
})

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
