import { describe, expect, it } from 'vitest'
import { complianceFlagsOf, riskLevelOf, riskScoreOf } from './risk.ts'

describe('riskScoreOf', () => {
  const plain = { amountUsdMinor: 10_000_00, customerRisk: 50, type: 'PURCHASE' } as const

  it.each([
    ['nothing', plain, 0],
    ['an amount over 10,000', { ...plain, amountUsdMinor: 10_000_01 }, 20],
    ['a customer above 50', { ...plain, customerRisk: 50.01 }, 10],
    ['a wire transfer', { ...plain, type: 'WIRE_TRANSFER' }, 15],
    ['a transfer', { ...plain, type: 'TRANSFER' }, 0],
    ['all three', { amountUsdMinor: 20_000_00, customerRisk: 80, type: 'WIRE_TRANSFER' }, 45],
  ] as const)('%s', (_, facts, score) => {
    expect(riskScoreOf(facts)).toBe(score)
  })
})

describe('riskLevelOf', () => {
  it.each([
    [0, 'LOW'],
    [30, 'LOW'],
    [30.01, 'MEDIUM'],
    [60, 'MEDIUM'],
    [60.01, 'HIGH'],
    [80, 'HIGH'],
    [80.01, 'CRITICAL'],
    [100, 'CRITICAL'],
  ])('calls %f %s', (score, level) => {
    expect(riskLevelOf(score)).toBe(level)
  })
})

describe('complianceFlagsOf', () => {
  it('flags by amount and score only above their limits', () => {
    expect(complianceFlagsOf(70, 10_000_00)).toEqual([])
    expect(complianceFlagsOf(70, 10_000_01)).toEqual(['HIGH_VALUE'])
    expect(complianceFlagsOf(70.01, 1)).toEqual(['HIGH_RISK'])
    expect(complianceFlagsOf(100, 10_000_01)).toEqual(['HIGH_VALUE', 'HIGH_RISK'])
  })
})
