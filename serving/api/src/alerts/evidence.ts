import { loadRules, type Rules } from '@fintech-streams/jobs'
import { readFileSync } from 'node:fs'
import { type Alert, type Comparison, type Finding } from './alert.ts'

/** By job and rule; checked before it is read as this. */
type RulesDocument = Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>

/** Puts what the rules found into words, with the thresholds of the rules document. */
export class Explainer {
  readonly #rules: Rules
  /** As it is written: amounts are decimals. */
  readonly #document: RulesDocument

  /** @throws RulesError when the document cannot be used. */
  constructor(path: string | URL) {
    this.#rules = loadRules(path)
    this.#document = JSON.parse(readFileSync(path, 'utf8')) as RulesDocument
  }

  alert(finding: Finding): Alert {
    const comparisons = comparisonsOf(finding)
    return {
      id: `${finding.kind}/${finding.transactionId}`,
      kind: finding.kind,
      type: finding.type,
      score: finding.score,
      customer_id: finding.customerId,
      transaction_id: finding.transactionId,
      account_id: finding.accountId,
      amount_usd: finding.amountUsd,
      event_time: finding.eventTime,
      rule_version: finding.ruleVersion,
      explanation: explanationOf(comparisons),
      comparisons: [...comparisons],
      evidence: finding.evidence,
      thresholds: this.#thresholds(finding),
    }
  }

  /** Thresholds of another version than the one that judged would explain nothing. */
  #thresholds({ kind, type, ruleVersion }: Finding): Record<string, unknown> | null {
    if (ruleVersion !== this.#rules.version) return null
    return this.#document[kind === 'fraud' ? 'fraud_detection' : 'anomaly_detection']?.[type] ?? null
  }
}

/** What each rule compares, by the evidence that the jobs write (flink-like-processor/src/jobs). */
function comparisonsOf({ type, evidence, score, amountUsd }: Finding): readonly Comparison[] {
  const text = (name: string): string => textOf(evidence[name])
  const usd = (name: string): string => `${textOf(evidence[name], 2)} USD`
  const amount = amountUsd === null ? 'unknown' : `${amountUsd} USD`
  switch (type) {
    case 'HIGH_AMOUNT':
      return [
        {
          what: 'the amount',
          value: amount,
          relation: 'above',
          limit: `${usd('limit')}, from the mean ${usd('mean')} and the deviation ${usd('deviation')} of ${text('earlier')} earlier transactions`,
        },
      ]
    case 'FREQUENCY_ANOMALY':
      return [
        {
          what: 'transactions in five minutes',
          value: text('n5'),
          relation: 'above',
          limit: `${text('limit')}, with ${text('n60')} in the hour up to it`,
        },
      ]
    case 'LOCATION_ANOMALY':
      return [
        {
          what: 'the country',
          value: text('country'),
          relation: 'not among those of',
          limit: `the customer’s ${text('earlier')} earlier transactions`,
        },
      ]
    case 'TIME_ANOMALY':
      return [
        {
          what: `earlier transactions in the hour from ${text('hour')}:00 UTC`,
          value: text('earlier_in_hour'),
          relation: 'below',
          limit: `${text('normal_from')}, from which on the hour is normal for the customer`,
        },
      ]
    case 'STATISTICAL_OUTLIER':
      return [
        {
          what: 'the amount’s distance from the mean',
          value: `${textOf(Math.abs(score), 1)} deviations ${score > 0 ? 'above' : 'below'}`,
          relation: 'more than',
          limit: `${text('limit')}, with ${usd('amount')} against the mean ${usd('mean')} and the deviation ${usd('deviation')} of ${text('earlier')} earlier transactions`,
        },
      ]
    case 'PATTERN_DEVIATION':
      return [
        {
          what: 'the category',
          value: text('category'),
          relation: 'not among those of',
          limit: `the customer’s ${text('earlier')} earlier transactions`,
        },
        {
          what: 'the amount',
          value: usd('amount'),
          relation: 'above',
          limit: `${text('mean_factor')} times the mean ${usd('mean')}`,
        },
      ]
    case 'VELOCITY_ANOMALY':
      return [
        {
          what: 'transactions in one minute',
          value: text('n1'),
          relation: 'above',
          limit: `${text('limit')}, with ${text('n60')} in the hour up to it`,
        },
      ]
  }
}

function explanationOf(comparisons: readonly Comparison[]): string {
  const sentence = comparisons
    .map(({ what, value, relation, limit }) => `${what}, ${value}, is ${relation} ${limit}`)
    .join('; ')
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
}

/** A value of the evidence; numbers with two digits at most, or as many as given. */
function textOf(value: unknown, digits?: number): string {
  if (typeof value === 'number') {
    return digits === undefined ? String(Math.round(100 * value) / 100) : value.toFixed(digits)
  }
  if (typeof value === 'string') return value
  return value === undefined || value === null ? 'unknown' : JSON.stringify(value)
}
