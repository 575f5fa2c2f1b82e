import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideE8, multiplyE8 } from './conversion.ts'

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
