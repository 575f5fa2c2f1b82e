import {
  type AnomalyType,
  formatAverage,
  formatMinor,
  MINUTE_MS,
  RESULTS,
  type Transaction,
} from '@fintech-streams/contracts'
import { type CustomerPattern } from './customer-pattern.ts'
import { type Rules } from './rules.ts'
import { defineTransactionJob, type TransactionJob } from './transaction-job.ts'

type AnomalyRules = Rules['anomaly_detection']

interface Anomaly {
  type: AnomalyType
  score: number
  description: string
  /** The numbers that the rule compared. */
  evidence: Record<string, string | number>
}

/** Judges a transaction against the customer's earlier ones; `undefined`: the rule does not match. */
type Check = (tx: Transaction, earlier: CustomerPattern) => Anomaly | undefined

/** What is out of the ordinary for its customer: the first rule that matches, no result where none does. */
export function anomalyDetection(rules: Rules): TransactionJob {
  const { STATISTICAL_OUTLIER, PATTERN_DEVIATION, VELOCITY_ANOMALY } = rules.anomaly_detection
  const ordered: { enabled: boolean; check: Check }[] = [
    { enabled: STATISTICAL_OUTLIER.enabled, check: outlier(STATISTICAL_OUTLIER) },
    { enabled: PATTERN_DEVIATION.enabled, check: newCategory(PATTERN_DEVIATION) },
    { enabled: VELOCITY_ANOMALY.enabled, check: velocity(VELOCITY_ANOMALY) },
  ]
  const active = ordered.filter(({ enabled }) => enabled)

  return defineTransactionJob({
    id: 'anomaly_detection',
    result: RESULTS.anomaly_detection,
    judge: (tx, earlier) => {
      for (const { check } of active) {
        const anomaly = check(tx, earlier)
        if (anomaly === undefined) continue
        return {
          transaction_id: tx.transactionId,
          customer_id: tx.customerId,
          anomaly_type: anomaly.type,
          anomaly_score: anomaly.score,
          description: anomaly.description,
          evidence: anomaly.evidence,
          rule_version: rules.version,
          event_time: tx.eventTimeMs,
        }
      }
      return undefined
    },
  })
}

function outlier(rule: AnomalyRules['STATISTICAL_OUTLIER']): Check {
  return (tx, earlier) => {
    if (earlier.count < rule.minEarlier) return undefined
    const deviationMinor = earlier.deviationMinor
    if (deviationMinor === 0) return undefined
    const z = (tx.amountUsdMinor - earlier.meanMinor) / deviationMinor
    if (Math.abs(z) <= rule.deviations) return undefined
    const amount = formatMinor(tx.amountUsdMinor)
    const mean = formatAverage(earlier.sumMinor, earlier.count)
    const side = z > 0 ? 'above' : 'below'
    return {
      type: 'STATISTICAL_OUTLIER',
      score: z,
      description: `${amount} is ${Math.abs(z).toFixed(1)} standard deviations ${side} the customer's mean of ${mean}`,
      evidence: { amount, earlier: earlier.count, mean, deviation: deviationMinor / 100, limit: rule.deviations },
    }
  }
}

/** A first purchase of its kind, and a large one. */
function newCategory(rule: AnomalyRules['PATTERN_DEVIATION']): Check {
  return (tx, earlier) => {
    const category = tx.merchantCategory
    if (category === undefined || earlier.count < rule.minEarlier || earlier.hasCategory(category)) return undefined
    if (!exceedsMean(tx.amountUsdMinor, rule.meanFactor, earlier)) return undefined
    const amount = formatMinor(tx.amountUsdMinor)
    const mean = formatAverage(earlier.sumMinor, earlier.count)
    return {
      type: 'PATTERN_DEVIATION',
      score: rule.score,
      description: `first in ${category}, and ${amount} is over ${rule.meanFactor} times the customer's mean of ${mean}`,
      evidence: { amount, category, earlier: earlier.count, mean, mean_factor: rule.meanFactor },
    }
  }
}

/** Whether `amount > factor · mean`, compared exactly as `amount · count > factor · sum`. */
function exceedsMean(amountMinor: number, factor: number, { count, sumMinor }: CustomerPattern): boolean {
  const left = amountMinor * count
  const right = factor * Number(sumMinor)
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) return left > right
  return BigInt(amountMinor) * BigInt(count) > BigInt(factor) * BigInt(sumMinor)
}

/** More in one minute than a multiple of the hour's average minute. */
function velocity(rule: AnomalyRules['VELOCITY_ANOMALY']): Check {
  return (tx, earlier) => {
    if (earlier.ageMs(tx.eventTimeMs) < rule.minAgeMinutes * MINUTE_MS) return undefined
    const n1 = earlier.countInMinutes(tx.eventTimeMs, 1)
    if (n1 <= rule.countOver) return undefined
    const n60 = earlier.countInMinutes(tx.eventTimeMs, 60)
    const limit = Math.max(rule.countOver, (rule.rateFactor * n60) / 60)
    if (n1 <= limit) return undefined
    return {
      type: 'VELOCITY_ANOMALY',
      score: rule.score,
      description: `${n1} transactions in one minute, ${n60} in the hour up to it`,
      evidence: { n1, n60, limit },
    }
  }
}
