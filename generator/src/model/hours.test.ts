import { HOUR_MS, MINUTE_MS } from '@fintech-streams/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hourMultiplier, MEAN_MULTIPLIER, RatePlan } from './hours.ts'

const DAY = Date.parse('2026-11-20T00:00:00Z')

function takeUntil(plan: RatePlan, endMs: number): number[] {
  const taken: number[] = []
  while (plan.dueMs < endMs) taken.push(plan.take())
  return taken
}

describe('hourMultiplier', () => {
  it.each([
    [0, 0.2, 0.5],
    [5, 0.2, 0.5],
    [6, 0.8, 1.2],
    [8, 0.8, 1.2],
    [9, 1.5, 2.0],
    [17, 1.5, 2.0],
    [18, 1.2, 1.8],
    [22, 1.2, 1.8],
    [23, 0.2, 0.5],
  ])('is, at %i o’clock, %f to %f', (hour, low, high) => {
    expect(hourMultiplier(hour)).toEqual({ low, high })
  })

  it('comes to a known mean over a day', () => {
    expect(MEAN_MULTIPLIER).toBeCloseTo((9 * 1.75 + 5 * 1.5 + 3 * 1 + 7 * 0.35) / 24, 12)
  })
})

describe('RatePlan', () => {
  it('draws every minute’s rate from the range of its hour', () => {
    const plan = new RatePlan({ perSecond: 10, flat: false, seed: 3, startMs: DAY })
    for (let hour = 0; hour < 24; hour += 1) {
      const { low, high } = hourMultiplier(hour)
      const rates = Array.from({ length: 60 }, (_, n) => plan.ratePerSecond(DAY + hour * HOUR_MS + n * MINUTE_MS))
      expect(Math.min(...rates)).toBeGreaterThanOrEqual(10 * low)
      expect(Math.max(...rates)).toBeLessThan(10 * high)
      expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(10 * (high - low) * 0.7)
    }
  })

  it('follows the multipliers through a day, night and morning included', () => {
    const plan = new RatePlan({ perSecond: 1, flat: false, seed: 3, startMs: DAY })
    for (let hour = 0; hour < 24; hour += 1) {
      const endMs = DAY + (hour + 1) * HOUR_MS
      const expected = plan.expectedCount(endMs - HOUR_MS, endMs)
      expect(Math.abs(takeUntil(plan, endMs).length - expected)).toBeLessThanOrEqual(2)
    }
  })

  it('holds a flat rate to one transaction over any stretch, in order of time', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 500, noNaN: true }),
        fc.integer({ min: 0, max: 120_000 }),
        fc.integer({ min: 0, max: 1_000 }),
        (perSecond, stretchMs, seed) => {
          const plan = new RatePlan({ perSecond, flat: true, seed, startMs: DAY + 12_345 })
          const taken = takeUntil(plan, DAY + 12_345 + stretchMs)
          expect(Math.abs(taken.length - (stretchMs / 1000) * perSecond)).toBeLessThanOrEqual(1)
          expect(taken).toEqual(taken.toSorted((one, other) => one - other))
          expect(taken.every((dueMs) => dueMs >= DAY + 12_345)).toBe(true)
        },
      ),
    )
  })

  it('is the same for the same seed and start', () => {
    const taken = (seed: number): number[] =>
      takeUntil(new RatePlan({ perSecond: 5, flat: false, seed, startMs: DAY }), DAY + HOUR_MS)
    expect(taken(1)).toEqual(taken(1))
    expect(taken(1)).not.toEqual(taken(2))
  })

  it('needs a rate', () => {
    expect(() => new RatePlan({ perSecond: 0, flat: true, seed: 1, startMs: DAY })).toThrow(RangeError)
  })
})
