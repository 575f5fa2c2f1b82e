import { readFileSync } from 'node:fs'
import { CONTRACT_RULES_FILE } from '@fintech-streams/processor-testing'
import { expect, it } from 'vitest'
import { loadRules, parseRules, RulesError } from './rules.ts'

const text = readFileSync(CONTRACT_RULES_FILE, 'utf8')

/** The rules document with one value replaced; `undefined` removes it. */
function withValue(path: string, value: unknown): string {
  const document = JSON.parse(text) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop()!
  const parent = names.reduce((at, name) => at[name] as Record<string, unknown>, document)
  parent[last] = value
  return JSON.stringify(document)
}

it('finds nothing to correct in the rules of the project', () => {
  expect(() => loadRules()).not.toThrow()
})

it('reads the thresholds that the verdicts are defined with', () => {
  const rules = loadRules(CONTRACT_RULES_FILE)
  expect(rules.fraud_detection).toEqual({
    HIGH_AMOUNT: { enabled: true, score: 0.8, minEarlier: 10, amountOver: 100_00, deviations: 4 },
    FREQUENCY_ANOMALY: { enabled: true, score: 0.7, minAgeMinutes: 30, countOver: 10, rateFactor: 4 },
    LOCATION_ANOMALY: { enabled: true, score: 0.6, minEarlier: 10 },
    TIME_ANOMALY: { enabled: true, score: 0.5, firstNormalHour: 6, lastNormalHour: 22, minEarlierInHour: 5 },
    NORMAL: { score: 0.1 },
  })
  expect(rules.anomaly_detection).toEqual({
    STATISTICAL_OUTLIER: { enabled: true, minEarlier: 30, deviations: 3 },
    PATTERN_DEVIATION: { enabled: true, score: 0.8, minEarlier: 10, meanFactor: 2 },
    VELOCITY_ANOMALY: { enabled: true, score: 0.7, minAgeMinutes: 10, countOver: 5, rateFactor: 5 },
  })
  expect(rules.risk_analytics.factors).toEqual({ amountOver: 10_000_00, nightEndsHour: 6 })
  expect(rules.compliance_monitoring.reviewBelow).toBe(7)
  expect(Object.fromEntries(rules.compliance_monitoring.weights)).toEqual({
    SANCTIONS_CHECK_REQUIRED: 4,
    STRUCTURING_SUSPECTED: 3,
    HIGH_RISK: 2,
    HIGH_VALUE: 1,
  })
})

it.each([
  ['version', ''],
  ['version', undefined],
  ['fraud_detection.HIGH_AMOUNT.amountOver', 100],
  ['fraud_detection.HIGH_AMOUNT.amountOver', '100.001'],
  ['fraud_detection.HIGH_AMOUNT.amountOver', '-1.00'],
  ['fraud_detection.HIGH_AMOUNT.deviations', 'four'],
  ['fraud_detection.HIGH_AMOUNT.minEarlier', 0],
  ['fraud_detection.FREQUENCY_ANOMALY.enabled', 'yes'],
  ['fraud_detection.TIME_ANOMALY.lastNormalHour', 24],
  ['fraud_detection.TIME_ANOMALY.lastNormalHour', 5],
  ['fraud_detection.NORMAL.score', 1.1],
  ['anomaly_detection.PATTERN_DEVIATION.meanFactor', 2.5],
  ['anomaly_detection.VELOCITY_ANOMALY', undefined],
  ['risk_analytics.score.fullExposure', '0.00'],
  ['compliance_monitoring.weights.HIGH_VALUE', 0.15],
  ['compliance_monitoring.reviewBelow', 1.2],
])('refuses %s = %j and names it', (path, value) => {
  const problem = () => parseRules(withValue(path, value), 'rules.json')
  expect(problem).toThrow(RulesError)
  expect(problem).toThrow(`correct the rules in rules.json: ${path}: `)
})

it('refuses a name that it does not know', () => {
  expect(() => parseRules(withValue('fraud_detection.HIGH_AMOUNT.deviation', 4), 'rules.json')).toThrow(
    'correct the rules in rules.json: fraud_detection.HIGH_AMOUNT: Unrecognized key: "deviation"',
  )
})

it('takes every tenth as a weight', () => {
  for (let tenth = 0; tenth <= 10; tenth += 1) {
    const rules = parseRules(withValue('compliance_monitoring.weights.HIGH_VALUE', tenth / 10), 'rules.json')
    expect(rules.compliance_monitoring.weights.get('HIGH_VALUE')).toBe(tenth)
  }
})

it('says that a file is missing or not JSON', () => {
  expect(() => loadRules('/nowhere/rules.json')).toThrow(/^cannot read the rules: .*\/nowhere\/rules.json/)
  expect(() => parseRules('{', 'rules.json')).toThrow('the rules in rules.json are not JSON')
  expect(() => parseRules('[]', 'rules.json')).toThrow('correct the rules in rules.json: the document: ')
})
