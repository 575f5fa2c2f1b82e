import { addMinor, formatMinor, minutes, RESULTS, ZERO_MINOR } from '@fintech-streams/contracts'
import { Distribution, tumbling } from '@fintech-streams/engine'
import { type Rules } from '@fintech-streams/rules'
import { defineWindowJob, type TransactionWindowJob } from './window-job.ts'

/** How many flagged transactions a result names; all are counted. */
const FLAGGED_MAX = 100

/** Which compliance flags each customer drew, and whether someone has to look. */
export function complianceMonitoring({ compliance_monitoring: rules }: Rules): TransactionWindowJob {
  return defineWindowJob({
    id: 'compliance_monitoring',
    result: RESULTS.compliance_monitoring,
    window: tumbling(minutes(30)),
    key: (tx) => tx.customerId,
    aggregate: {
      create: () => ({
        violations: new Distribution(),
        flagged: [] as string[],
        flaggedCount: 0,
        flaggedMinor: ZERO_MINOR,
        riskLevels: new Distribution(),
      }),
      add: (acc, tx) => {
        acc.riskLevels.increment(tx.riskLevel)
        if (tx.complianceFlags.length === 0) return
        for (const flag of tx.complianceFlags) acc.violations.increment(flag)
        if (acc.flagged.length < FLAGGED_MAX) acc.flagged.push(tx.transactionId)
        acc.flaggedCount += 1
        acc.flaggedMinor = addMinor(acc.flaggedMinor, tx.amountUsdMinor)
      },
      // The ids keep the order of the merge: a customer's are all in one partition, so there is no other order.
      merge: (into, from) => {
        into.violations.merge(from.violations)
        into.flagged = [...into.flagged, ...from.flagged].slice(0, FLAGGED_MAX)
        into.flaggedCount += from.flaggedCount
        into.flaggedMinor = addMinor(into.flaggedMinor, from.flaggedMinor)
        into.riskLevels.merge(from.riskLevels)
      },
    },
    finish: (acc, { count }) => {
      const penaltyTenths = penalty(acc.violations, rules.weights)
      return {
        violation_types: acc.violations,
        flagged_transactions: acc.flagged,
        flagged_count: acc.flaggedCount,
        total_violation_amount: formatMinor(acc.flaggedMinor),
        risk_level_distribution: acc.riskLevels,
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
