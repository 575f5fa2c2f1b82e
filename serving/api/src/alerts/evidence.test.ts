import { readFileSync } from 'node:fs'
import { RULES_FILE } from '@fintech-streams/jobs'
import { expect, test } from 'vitest'
import { ALERT_TYPES, type AnomalyResult, anomalyFinding, type FraudResult, fraudFinding } from './alert.ts'
import { Explainer } from './evidence.ts'

/** What the jobs write, by their own golden files. */
const golden = (job: string): unknown[] =>
  JSON.parse(
    readFileSync(new URL(`../../../../flink-like-processor/jobs/src/golden/${job}.json`, import.meta.url), 'utf8'),
  ) as unknown[]

const explainer = new Explainer(RULES_FILE)
const findings = [
  ...(golden('fraud_detection') as FraudResult[]).map(fraudFinding),
  ...(golden('anomaly_detection') as AnomalyResult[]).map(anomalyFinding),
].filter((finding) => finding !== undefined)

test('everything that a job finds is explained by its own numbers and the thresholds of its rule', () => {
  expect(findings.length).toBeGreaterThan(5)
  for (const finding of findings) {
    const alert = explainer.alert({ ...finding, ruleVersion: '2026.1' })
    expect(alert.explanation, JSON.stringify(finding)).not.toMatch(/unknown|undefined|null|NaN/)
    expect(alert.comparisons.length).toBeGreaterThan(0)
    expect(alert.thresholds).toMatchObject({ enabled: true })
  }
})

test('each kind of alert has words of its own', () => {
  const seen = new Map(findings.map((finding) => [finding.type, explainer.alert(finding).comparisons[0]?.what]))
  for (const type of seen.keys()) expect(ALERT_TYPES).toContain(type)
  expect(new Set(seen.values()).size).toBe(seen.size)
})

test('thresholds of another version of the rules are not shown', () => {
  const [finding] = findings
  expect(explainer.alert({ ...finding!, ruleVersion: '1999.1' }).thresholds).toBeNull()
})

test('a verdict of NORMAL is no alert', () => {
  const normal = (golden('fraud_detection') as FraudResult[]).find(({ verdict }) => verdict === 'NORMAL')
  expect(fraudFinding(normal!)).toBeUndefined()
})
