import {
  formatAverage,
  type FraudVerdict,
  MINUTE_MS,
  RESULTS,
  type Transaction,
  utcHour,
} from '@fintech-streams/contracts'
import { type CustomerPattern } from './customer-pattern.ts'
import { type Rules } from './rules.ts'
import { defineTransactionJob, type TransactionJob } from './transaction-job.ts'

type FraudRules = Rules['fraud_detection']
/** The numbers that a rule compared. */
type Evidence = Record<string, string | number>
/** Judges a transaction against the customer's earlier ones; `undefined`: the rule does not match. */
type Check = (tx: Transaction, earlier: CustomerPattern) => Evidence | undefined

/** A verdict on every transaction: that of the first rule which matches, NORMAL where none does. */
export function fraudDetection(rules: Rules): TransactionJob {
  const { HIGH_AMOUNT, FREQUENCY_ANOMALY, LOCATION_ANOMALY, TIME_ANOMALY, NORMAL } = rules.fraud_detection
  const ordered: { verdict: FraudVerdict; enabled: boolean; score: number; check: Check }[] = [
    { verdict: 'HIGH_AMOUNT', ...HIGH_AMOUNT, check: highAmount(HIGH_AMOUNT) },
    { verdict: 'FREQUENCY_ANOMALY', ...FREQUENCY_ANOMALY, check: frequency(FREQUENCY_ANOMALY) },
    { verdict: 'LOCATION_ANOMALY', ...LOCATION_ANOMALY, check: newCountry(LOCATION_ANOMALY) },
    { verdict: 'TIME_ANOMALY', ...TIME_ANOMALY, check: unusualHour(TIME_ANOMALY) },
  ]
  const active = ordered.filter(({ enabled }) => enabled)

  const judgement = (tx: Transaction, verdict: FraudVerdict, score: number, evidence: Evidence) => ({
    transaction_id: tx.transactionId,
    customer_id: tx.customerId,
    account_id: tx.accountId ?? null,
    amount_usd: tx.amountUsdMinor,
    verdict,
    fraud_score: score,
    evidence,
    rule_version: rules.version,
    event_time: tx.eventTimeMs,
  })

  return defineTransactionJob({
    id: 'fraud_detection',
    result: RESULTS.fraud_detection,
    judge: (tx, earlier) => {
      for (const { verdict, score, check } of active) {
        const evidence = check(tx, earlier)
        if (evidence !== undefined) return judgement(tx, verdict, score, evidence)
      }
      return judgement(tx, 'NORMAL', NORMAL.score, { earlier: earlier.count })
    },
  })
}

function highAmount(rule: FraudRules['HIGH_AMOUNT']): Check {
  return (tx, earlier) => {
    if (earlier.count < rule.minEarlier || tx.amountUsdMinor <= rule.amountOver) return undefined
    const limitMinor = earlier.meanMinor + rule.deviations * earlier.deviationMinor
    if (tx.amountUsdMinor <= limitMinor) return undefined
    return {
      earlier: earlier.count,
      mean: formatAverage(earlier.sumMinor, earlier.count),
      deviation: earlier.deviationMinor / 100,
      limit: limitMinor / 100,
    }
  }
}

/** More in five minutes than a multiple of the hour's average five minutes. */
function frequency(rule: FraudRules['FREQUENCY_ANOMALY']): Check {
  return (tx, earlier) => {
    const ageMs = earlier.ageMs(tx.eventTimeMs)
    if (ageMs < rule.minAgeMinutes * MINUTE_MS) return undefined
    const n5 = earlier.countInMinutes(tx.eventTimeMs, 5)
    if (n5 <= rule.countOver) return undefined
    const n60 = earlier.countInMinutes(tx.eventTimeMs, 60)
    const limit = Math.max(rule.countOver, (rule.rateFactor * n60) / 12)
    return n5 > limit ? { n5, n60, limit } : undefined
  }
}

function newCountry(rule: FraudRules['LOCATION_ANOMALY']): Check {
  return (tx, earlier) => {
    if (tx.country === undefined || earlier.count < rule.minEarlier || earlier.hasCountry(tx.country)) return undefined
    return { country: tx.country, earlier: earlier.count }
  }
}

/** Outside the normal hours, until the customer has shown the hour to be normal for them. */
function unusualHour(rule: FraudRules['TIME_ANOMALY']): Check {
  return (tx, earlier) => {
    const hour = utcHour(tx.eventTimeMs)
    if (hour >= rule.firstNormalHour && hour <= rule.lastNormalHour) return undefined
    const earlierInHour = earlier.countInHour(hour)
    if (earlierInHour >= rule.minEarlierInHour) return undefined
    return { hour, earlier_in_hour: earlierInHour, normal_from: rule.minEarlierInHour }
  }
}
