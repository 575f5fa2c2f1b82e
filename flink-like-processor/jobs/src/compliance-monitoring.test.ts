import { describe, expect, it } from 'vitest'
import { buildTransaction, id } from '@fintech-streams/testing'
import { CONTRACT_RULES_FILE, windowResultOf } from '@fintech-streams/processor-testing'
import { complianceMonitoring } from './compliance-monitoring.ts'
import { loadRules } from '@fintech-streams/rules'

const job = complianceMonitoring(loadRules(CONTRACT_RULES_FILE))

/** A transaction per element, with these flags. */
const flagged = (...flags: string[][]) =>
  windowResultOf(
    job,
    flags.map((complianceFlags, at) => buildTransaction({ transactionId: id(at + 1), complianceFlags })),
  )

it('counts flags, and each flagged transaction once', () => {
  const result = windowResultOf(job, [
    buildTransaction({ transactionId: id(1), amountUsdMinor: 10_00, complianceFlags: ['HIGH_RISK', 'HIGH_VALUE'] }),
    buildTransaction({ transactionId: id(2), amountUsdMinor: 20_00, riskLevel: 'HIGH' }),
    buildTransaction({
      transactionId: id(3),
      amountUsdMinor: 40_00,
      complianceFlags: ['HIGH_VALUE'],
      status: 'FAILED',
    }),
    buildTransaction({ transactionId: id(4), amountUsdMinor: 80_00 }),
  ])
  expect(result).toEqual({
    violation_types: { HIGH_RISK: 1, HIGH_VALUE: 2 },
    flagged_transactions: [id(1), id(3)],
    flagged_count: 2,
    total_violation_amount: '50.00',
    risk_level_distribution: { LOW: 3, HIGH: 1 },
    compliance_score: 1 - 4 / 40,
    requires_review: false,
  })
})

it('is 1 without a flag', () => {
  expect(flagged([], [])).toMatchObject({
    violation_types: {},
    flagged_transactions: [],
    flagged_count: 0,
    total_violation_amount: '0.00',
    compliance_score: 1,
    requires_review: false,
  })
})

it.each([
  ['SANCTIONS_CHECK_REQUIRED', 4],
  ['STRUCTURING_SUSPECTED', 3],
  ['HIGH_RISK', 2],
  ['HIGH_VALUE', 1],
  ['FLAG_OF_TOMORROW', 0],
  ['constructor', 0],
])('%s takes %i tenths', (flag, tenths) => {
  expect(flagged([flag])).toMatchObject({ violation_types: { [flag]: 1 }, compliance_score: 1 - tenths / 10 })
})

describe('review', () => {
  it('is not required at a score of exactly 0.7, however it comes about', () => {
    expect(flagged(['STRUCTURING_SUSPECTED'])).toMatchObject({ requires_review: false })
    expect(flagged(['SANCTIONS_CHECK_REQUIRED'], ['HIGH_RISK'])).toMatchObject({ requires_review: false })
    expect(flagged(['HIGH_VALUE', 'HIGH_RISK'])).toMatchObject({ requires_review: false })
    const thirds = flagged(['SANCTIONS_CHECK_REQUIRED'], ['SANCTIONS_CHECK_REQUIRED'], ['HIGH_VALUE'])
    expect(thirds).toMatchObject({ requires_review: false, compliance_score: 1 - 9 / 30 })
  })

  it('is required below it', () => {
    expect(flagged(['SANCTIONS_CHECK_REQUIRED'])).toMatchObject({ requires_review: true, compliance_score: 0.6 })
    const barely = flagged(...Array<string[]>(9).fill(['STRUCTURING_SUSPECTED']), ['SANCTIONS_CHECK_REQUIRED'])
    expect(barely).toMatchObject({ requires_review: true, compliance_score: 1 - 31 / 100 })
  })
})

it('has a score of at least 0', () => {
  const all = ['SANCTIONS_CHECK_REQUIRED', 'STRUCTURING_SUSPECTED', 'HIGH_RISK', 'HIGH_VALUE']
  expect(flagged(all)).toMatchObject({ compliance_score: 0, requires_review: true })
  const changed = loadRules(CONTRACT_RULES_FILE)
  changed.compliance_monitoring.weights.set('HIGH_VALUE', 10)
  const tx = buildTransaction({ complianceFlags: all })
  expect(windowResultOf(complianceMonitoring(changed), [tx])).toMatchObject({ compliance_score: 0 })
})

it('names the first 100 flagged transactions in order and counts all', () => {
  const result = flagged(...Array<string[]>(120).fill(['HIGH_VALUE']))
  expect(result).toMatchObject({ flagged_count: 120, violation_types: { HIGH_VALUE: 120 } })
  expect(result['flagged_transactions']).toEqual(Array.from({ length: 100 }, (_, at) => id(at + 1)))
})
