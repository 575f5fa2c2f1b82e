import { minutes, RESULTS, RISK_FACTORS, type Transaction, utcHour } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { type Rules } from '@fintech-streams/rules'
import { count, countEach, defineWindowJob, sum, type TransactionWindowJob } from './window-job.ts'

const SCORE_MAX = 100

const isHighRisk = ({ riskLevel }: Transaction): boolean => riskLevel === 'HIGH' || riskLevel === 'CRITICAL'

/** How much risk each customer carries, as a score from 0 to 100 with the facts behind it. */
export function riskAnalytics({ risk_analytics: rules }: Rules): TransactionWindowJob {
  return defineWindowJob({
    id: 'risk_analytics',
    result: RESULTS.risk_analytics,
    window: tumbling(minutes(10)),
    key: (tx) => tx.customerId,
    aggregate: {
      exposureMinor: sum('amountUsdMinor'),
      highRisk: count({ when: isHighRisk }),
      violations: countEach('complianceFlags'),
      factors: countEach((tx) => factorsOf(tx, rules.factors)),
    },
    finish: ({ exposureMinor, highRisk, violations, factors }, { count }) => ({
      total_exposure: exposureMinor,
      high_risk_transactions: highRisk,
      compliance_violations: violations,
      risk_factors: factors,
      risk_score: Math.min(
        SCORE_MAX,
        (rules.score.highRiskWeight * highRisk) / count +
          rules.score.violationsWeight * Math.min(1, violations.total() / count) +
          rules.score.exposureWeight * Math.min(1, Number(exposureMinor) / rules.score.fullExposure) +
          rules.score.factorsWeight * Math.min(1, factors.size / RISK_FACTORS.length),
      ),
    }),
  })
}

function factorsOf(tx: Transaction, rules: Rules['risk_analytics']['factors']): string[] {
  const factors: string[] = []
  if (tx.amountUsdMinor > rules.amountOver) factors.push('HIGH_AMOUNT')
  if (tx.isCrossBorder) factors.push('CROSS_BORDER')
  if (tx.type === 'WIRE_TRANSFER') factors.push('WIRE_TRANSFER')
  if (utcHour(tx.eventTimeMs) < rules.nightEndsHour) factors.push('NIGHT')
  if (isHighRisk(tx)) factors.push('HIGH_RISK_LEVEL')
  return factors
}
