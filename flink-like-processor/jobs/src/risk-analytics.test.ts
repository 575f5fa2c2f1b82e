import { HOUR_MS } from '@fintech-streams/contracts'
import { describe, expect, it } from 'vitest'
import { BASE_TIME_MS, buildTransaction } from '@fintech-streams/testing'
import { CONTRACT_RULES_FILE, windowResultOf } from '@fintech-streams/processor-testing'
import { riskAnalytics } from './risk-analytics.ts'
import { loadRules } from '@fintech-streams/rules'

const job = riskAnalytics(loadRules(CONTRACT_RULES_FILE))
const night = BASE_TIME_MS - 8 * HOUR_MS

it('scores nothing where there is no risk but exposure', () => {
  expect(windowResultOf(job, [buildTransaction({ amountUsdMinor: 5_000_00 })])).toEqual({
    total_exposure: '5000.00',
    high_risk_transactions: 0,
    compliance_violations: {},
    risk_factors: {},
    risk_score: 2,
  })
})

it('adds the shares of high risk, violations, exposure and factors', () => {
  const result = windowResultOf(job, [
    buildTransaction({ amountUsdMinor: 20_000_00, riskLevel: 'CRITICAL', complianceFlags: ['HIGH_VALUE'] }),
    buildTransaction({ amountUsdMinor: 10_000_00, riskLevel: 'HIGH' }),
    buildTransaction({ amountUsdMinor: 1_00, riskLevel: 'MEDIUM', isCrossBorder: true }),
    buildTransaction({ amountUsdMinor: 4_99_00, status: 'DECLINED' }),
  ])
  expect(result).toEqual({
    total_exposure: '30500.00',
    high_risk_transactions: 2,
    compliance_violations: { HIGH_VALUE: 1 },
    risk_factors: { HIGH_AMOUNT: 1, HIGH_RISK_LEVEL: 2, CROSS_BORDER: 1 },
    risk_score: (40 * 2) / 4 + 30 * (1 / 4) + 20 * (30_500 / 50_000) + 10 * (3 / 5),
  })
})

it('takes no share for more than full', () => {
  const flags = buildTransaction({ amountUsdMinor: 0, complianceFlags: ['HIGH_VALUE', 'HIGH_RISK'] })
  expect(windowResultOf(job, [flags])).toMatchObject({ risk_score: 30 })
  expect(windowResultOf(job, [buildTransaction({ amountUsdMinor: 80_000_00 })])).toMatchObject({ risk_score: 20 + 2 })
})

it('is at most 100, with every share at most full', () => {
  const worst = buildTransaction({
    amountUsdMinor: 90_000_00,
    riskLevel: 'CRITICAL',
    type: 'WIRE_TRANSFER',
    isCrossBorder: true,
    complianceFlags: ['HIGH_VALUE', 'HIGH_RISK'],
    eventTimeMs: night,
  })
  expect(windowResultOf(job, [worst, worst])).toEqual({
    total_exposure: '180000.00',
    high_risk_transactions: 2,
    compliance_violations: { HIGH_VALUE: 2, HIGH_RISK: 2 },
    risk_factors: { HIGH_AMOUNT: 2, CROSS_BORDER: 2, WIRE_TRANSFER: 2, NIGHT: 2, HIGH_RISK_LEVEL: 2 },
    risk_score: 100,
  })
})

describe('factors at their bounds', () => {
  const factors = (overrides: Parameters<typeof buildTransaction>[0]) =>
    windowResultOf(job, [buildTransaction(overrides)])['risk_factors']

  it('an amount is high over 10,000.00', () => {
    expect(factors({ amountUsdMinor: 10_000_00 })).toEqual({})
    expect(factors({ amountUsdMinor: 10_000_01 })).toEqual({ HIGH_AMOUNT: 1 })
  })

  it('night ends at 6 UTC', () => {
    const midnight = BASE_TIME_MS - (BASE_TIME_MS % (24 * HOUR_MS))
    expect(factors({ eventTimeMs: midnight })).toEqual({ NIGHT: 1 })
    expect(factors({ eventTimeMs: midnight + 6 * HOUR_MS - 1 })).toEqual({ NIGHT: 1 })
    expect(factors({ eventTimeMs: midnight + 6 * HOUR_MS })).toEqual({})
  })
})
