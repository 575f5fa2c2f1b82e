import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { ALERT_SHARE, ALERT_TYPES, drawComplianceFlags, drawFraudAlert, drawRiskScore } from './risk.ts'

const DRAWS = 50_000

describe('drawRiskScore', () => {
  const range = (facts: Parameters<typeof drawRiskScore>[0]): [number, number] => {
    const random = new Random('risk')
    const scores = Array.from({ length: DRAWS }, () => drawRiskScore(facts, random))
    return [Math.min(...scores), Math.max(...scores)]
  }
  const plain = { amountUsdMinor: 10_000_00, customerRisk: 50, type: 'PURCHASE', uplift: 0 } as const

  it.each([
    ['nothing', plain, 0],
    ['an amount over 10,000', { ...plain, amountUsdMinor: 10_000_01 }, 20],
    ['a customer above 50', { ...plain, customerRisk: 50.01 }, 10],
    ['a wire transfer', { ...plain, type: 'WIRE_TRANSFER' }, 15],
    ['all three', { amountUsdMinor: 20_000_00, customerRisk: 80, type: 'WIRE_TRANSFER', uplift: 0 }, 45],
  ] as const)('adds up to 20 by chance to what %s is worth', (_, facts, base) => {
    const [low, high] = range(facts)
    expect(low).toBeGreaterThanOrEqual(base)
    expect(low).toBeLessThan(base + 0.1)
    expect(high).toBeLessThanOrEqual(base + 20)
    expect(high).toBeGreaterThan(base + 19.9)
  })

  it('ends at 100', () => {
    expect(range({ ...plain, uplift: 95 })[1]).toBe(100)
  })
})

describe('drawComplianceFlags', () => {
  const shares = (riskScore: number, amountUsdMinor: number): Record<string, number> => {
    const random = new Random('flags')
    const flags = Array.from({ length: DRAWS }, () => drawComplianceFlags(riskScore, amountUsdMinor, random)).flat()
    return Object.fromEntries([...Map.groupBy(flags, (flag) => flag)].map(([flag, all]) => [flag, all.length / DRAWS]))
  }

  it('suspects structuring in a fifth of what is over 3,000 and asks for a sanctions check one time in twenty', () => {
    const { STRUCTURING_SUSPECTED, SANCTIONS_CHECK_REQUIRED, ...others } = shares(70, 3_000_01)
    expect(STRUCTURING_SUSPECTED).toBeCloseTo(0.2, 2)
    expect(SANCTIONS_CHECK_REQUIRED).toBeCloseTo(0.05, 2)
    expect(others).toEqual({})
  })

  it('flags by amount and score only above their limits', () => {
    expect(Object.keys(shares(70, 3_000_00))).toEqual(['SANCTIONS_CHECK_REQUIRED'])
    expect(shares(70, 10_000_00)).not.toHaveProperty('HIGH_VALUE')
    expect(shares(70, 10_000_01)['HIGH_VALUE']).toBe(1)
    expect(shares(70, 1_00)).not.toHaveProperty('HIGH_RISK')
    expect(shares(70.01, 1_00)['HIGH_RISK']).toBe(1)
  })
})

describe('drawFraudAlert', () => {
  const random = new Random('alerts')
  const alerts = Array.from({ length: DRAWS }, () => drawFraudAlert('HIGH', () => random.uuid(), random))
  const raised = alerts.filter((alert) => alert !== null)

  it('is raised for four in ten of HIGH and CRITICAL, and for no other level', () => {
    expect(ALERT_SHARE).toBe(0.4)
    expect(raised.length / DRAWS).toBeCloseTo(ALERT_SHARE, 2)
    const others = Array.from({ length: 1_000 }, (_, n) =>
      drawFraudAlert(n % 2 === 0 ? 'LOW' : 'MEDIUM', () => random.uuid(), random),
    )
    expect(others.every((alert) => alert === null)).toBe(true)
  })

  it('has a severity by weight 10, 30, 40, 20', () => {
    const share = (severity: string): number =>
      raised.filter((alert) => alert.severity === severity).length / raised.length
    const expected = { LOW: 0.1, MEDIUM: 0.3, HIGH: 0.4, CRITICAL: 0.2 }
    for (const [severity, weight] of Object.entries(expected)) {
      expect(Math.abs(share(severity) - weight)).toBeLessThan(0.015)
    }
  })

  it('has one of eight types, a confidence of a half to one, and one to three rules', () => {
    expect(new Set(raised.map(({ alertType }) => alertType))).toEqual(new Set(ALERT_TYPES))
    expect(raised.every(({ confidenceScore }) => confidenceScore >= 0.5 && confidenceScore <= 1)).toBe(true)
    expect(new Set(raised.map(({ rulesTriggered }) => rulesTriggered.length))).toEqual(new Set([1, 2, 3]))
    expect(raised.flatMap(({ rulesTriggered }) => rulesTriggered).every((rule) => /^RULE_[1-9]\d\d$/.test(rule))).toBe(
      true,
    )
  })
})
