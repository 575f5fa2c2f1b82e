import { minutes, RESULTS, type Transaction } from '@fintech-streams/contracts'
import { type Distribution, tumbling } from '@fintech-streams/engine'
import { type Rules } from '@fintech-streams/rules'
import { count, countBy, countEach, defineWindowJob, first, sum, type TransactionWindowJob } from './window-job.ts'

/** How many flagged transactions a result names; all are counted. */
const FLAGGED_MAX = 100

const isFlagged = ({ complianceFlags }: Transaction): boolean => complianceFlags.length > 0

/** Which compliance flags each customer drew, and whether someone has to look. */
export function complianceMonitoring({ compliance_monitoring: rules }: Rules): TransactionWindowJob {
  return defineWindowJob({
    id: 'compliance_monitoring',
    result: RESULTS.compliance_monitoring,
    window: tumbling(minutes(30)),
    key: (tx) => tx.customerId,
    aggregate: {
      violations: countEach('complianceFlags'),
      flagged: first(FLAGGED_MAX, 'transactionId', { when: isFlagged }),
      flaggedCount: count({ when: isFlagged }),
      flaggedMinor: sum('amountUsdMinor', { when: isFlagged }),
      riskLevels: countBy('riskLevel'),
    },
    finish: ({ violations, flagged, flaggedCount, flaggedMinor, riskLevels }, { count }) => {
      const penaltyTenths = penalty(violations, rules.weights)
      return {
        violation_types: violations,
        flagged_transactions: flagged,
        flagged_count: flaggedCount,
        total_violation_amount: flaggedMinor,
        risk_level_distribution: riskLevels,
        compliance_score: Math.max(0, 1 - penaltyTenths / (10 * count)),
        // `score < reviewBelow` in whole tenths, so that no rounding decides it.
        requires_review: penaltyTenths > (10 - rules.reviewBelow) * count,
      }
    },
  })
}

/** Σ weight(flag) · count(flag), in tenths. */
function penalty(violations: Distribution, weightTenths: ReadonlyMap<string, number>): number {
  let tenths = 0
  violations.forEach((flag, count) => (tenths += (weightTenths.get(flag) ?? 0) * count))
  return tenths
}
