import { describe, expect, it } from 'vitest'
import { TIERS } from '@fintech-streams/ledger'
import { Random } from '../random.ts'
import { drawAmount, drawCustomerRisk, TIER_PROFILES, tierCounts } from './tiers.ts'

describe('tierCounts', () => {
  it('splits customers 60, 25, 10 and 5 in a hundred', () => {
    expect(tierCounts(100)).toEqual({ BASIC: 60, PREMIUM: 25, VIP: 10, ENTERPRISE: 5 })
    expect(tierCounts(1_000_000)).toEqual({ BASIC: 600_000, PREMIUM: 250_000, VIP: 100_000, ENTERPRISE: 50_000 })
  })

  it('gives every customer one tier, however few they are', () => {
    for (let count = 1; count <= 60; count += 1) {
      const counts = tierCounts(count)
      expect(TIERS.reduce((sum, tier) => sum + counts[tier], 0)).toBe(count)
      for (const tier of TIERS) expect(Math.abs(counts[tier] - TIER_PROFILES[tier].share * count)).toBeLessThan(1)
    }
  })
})

describe.each(TIERS)('amounts of %s', (tier) => {
  const random = new Random('amounts', tier)
  const { min, max, mean } = TIER_PROFILES[tier].amountMinor
  const drawn = Array.from({ length: 200_000 }, () => drawAmount(tier, random))

  it('are whole cents between the minimum and the maximum, and come near both', () => {
    expect(drawn.every((amount) => Number.isInteger(amount) && amount >= min && amount <= max)).toBe(true)
    expect(Math.min(...drawn.slice(0, 100_000))).toBeLessThan(min + (max - min) * 0.001)
    expect(Math.max(...drawn.slice(0, 100_000))).toBeGreaterThan(min + (max - min) * 0.9)
  })

  it('have the mean of the tier', () => {
    const average = drawn.reduce((sum, amount) => sum + amount, 0) / drawn.length
    expect(Math.abs(average / mean - 1)).toBeLessThan(0.005)
  })

  it('are more often below the mean than above it', () => {
    expect(drawn.filter((amount) => amount < mean).length / drawn.length).toBeGreaterThan(0.55)
  })
})

describe.each(TIERS)('risk of %s customers', (tier) => {
  it('lies around the base of the tier, inside 0 to 100', () => {
    const random = new Random('risk', tier)
    const drawn = Array.from({ length: 50_000 }, () => drawCustomerRisk(tier, random))
    expect(drawn.every((score) => score >= 0 && score <= 100)).toBe(true)
    const median = drawn.toSorted((one, other) => one - other)[25_000] as number
    expect(Math.abs(median - TIER_PROFILES[tier].baseRisk)).toBeLessThan(0.3)
    const above = drawn.filter((score) => score > TIER_PROFILES[tier].baseRisk + 10).length / drawn.length
    expect(above).toBeCloseTo(0.1587, 2)
  })
})
