import { addMinor, formatMinor, minutes, RESULTS, RISK_FACTORS, utcHour, ZERO_MINOR } from '@fintech-streams/contracts'
import { Distribution, tumbling } from '@fintech-streams/engine'
import { type Rules } from '@fintech-streams/rules'
import { defineWindowJob, type TransactionWindowJob } from './window-job.ts'

const SCORE_MAX = 100

/** How much risk each customer carries, as a score from 0 to 100 with the facts behind it. */
export function riskAnalytics({ risk_analytics: rules }: Rules): TransactionWindowJob {
  return defineWindowJob({
    id: 'risk_analytics',
    result: RESULTS.risk_analytics,
    window: tumbling(minutes(10)),
    key: (tx) => tx.customerId,
    aggregate: {
      create: () => ({
        exposureMinor: ZERO_MINOR,
        highRisk: 0,
        violations: new Distribution(),
        factors: new Distribution(),
      }),
      add: (acc, tx) => {
        acc.exposureMinor = addMinor(acc.exposureMinor, tx.amountUsdMinor)
        for (const flag of tx.complianceFlags) acc.violations.increment(flag)
        if (tx.amountUsdMinor > rules.factors.amountOver) acc.factors.increment('HIGH_AMOUNT')
        if (tx.isCrossBorder) acc.factors.increment('CROSS_BORDER')
        if (tx.type === 'WIRE_TRANSFER') acc.factors.increment('WIRE_TRANSFER')
        if (utcHour(tx.eventTimeMs) < rules.factors.nightEndsHour) acc.factors.increment('NIGHT')
        if (tx.riskLevel === 'HIGH' || tx.riskLevel === 'CRITICAL') {
          acc.highRisk += 1
          acc.factors.increment('HIGH_RISK_LEVEL')
        }
      },
      merge: (into, from) => {
        into.exposureMinor = addMinor(into.exposureMinor, from.exposureMinor)
        into.highRisk += from.highRisk
        into.violations.merge(from.violations)
        into.factors.merge(from.factors)
      },
    },
    finish: (acc, { count }) => ({
      total_exposure: formatMinor(acc.exposureMinor),
      high_risk_transactions: acc.highRisk,
      compliance_violations: acc.violations,
      risk_factors: acc.factors,
      risk_score: Math.min(
        SCORE_MAX,
        (rules.score.highRiskWeight * acc.highRisk) / count +
          rules.score.violationsWeight * Math.min(1, acc.violations.total() / count) +
          rules.score.exposureWeight * Math.min(1, Number(acc.exposureMinor) / rules.score.fullExposure) +
          rules.score.factorsWeight * Math.min(1, acc.factors.size / RISK_FACTORS.length),
      ),
    }),
  })
}
