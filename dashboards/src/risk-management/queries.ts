import { overTime, per, ranked, share, total } from '../select.ts'
import { COMPLIANCE, LEVELS, RISK } from '../sources.ts'

const OF_TIER = 'tier in (${tier:sqlstring})'
const risk = { from: RISK, where: OF_TIER } as const
const compliance = { from: COMPLIANCE, where: OF_TIER } as const
const MEAN_SCORE = share('sum(score)', 'sum(windows)')

const FACTORS = ['high_amount', 'cross_border', 'wire_transfer', 'night', 'high_risk_level'] as const
const FLAGS = ['sanctions_check_required', 'structuring_suspected', 'high_risk', 'high_value'] as const

export const SQL = {
  score: total({ ...risk, values: { score: MEAN_SCORE } }),
  highest: total({ ...risk, values: { score: 'max(score_max)' } }),
  exposure: total({ ...risk, values: { exposure: 'sum(exposure)' } }),
  highRisk: total({ ...risk, values: { transactions: 'sum(high_risk)' } }),
  compliance: total({ ...compliance, values: { score: MEAN_SCORE } }),
  reviews: total({ ...compliance, values: { reviews: 'coalesce(sum(reviews), 0)' } }),

  scoreByTier: overTime({ ...risk, by: 'tier', values: { score: MEAN_SCORE } }),
  highestOverTime: overTime({ ...risk, by: 'tier', values: { score: 'max(score_max)' } }),
  exposureByTier: overTime({ ...risk, by: 'tier', values: { exposure: per('hour', RISK, 'sum(exposure)') } }),

  levels: overTime({
    from: LEVELS,
    by: 'risk_level',
    where: 'risk_level in (${risk_level:sqlstring})',
    values: { transactions: per('hour', LEVELS, 'sum(transactions)') },
  }),
  levelShares: ranked({
    from: LEVELS,
    by: 'risk_level',
    where: 'risk_level in (${risk_level:sqlstring})',
    values: { transactions: 'sum(transactions)' },
    order: '2 desc',
    limit: 4,
  }),
  factors: overTime({
    ...risk,
    values: Object.fromEntries(FACTORS.map((factor) => [factor, share(`sum(${factor})`, 'sum(transactions)')])),
  }),

  complianceByTier: overTime({ ...compliance, by: 'tier', values: { score: MEAN_SCORE } }),
  lowest: overTime({ ...compliance, by: 'tier', values: { score: 'min(score_min)' } }),
  flags: overTime({
    ...compliance,
    values: Object.fromEntries(FLAGS.map((flag) => [flag, per('hour', COMPLIANCE, `sum(${flag})`)])),
  }),

  scores: ranked({
    ...risk,
    by: { score: "to_char(least(floor(score_max / 10), 9) * 10, 'FM00') || '+'" },
    values: { customers: 'count(distinct customer_id)' },
    order: '1',
    limit: 10,
  }),
  flagged: ranked({
    ...compliance,
    by: 'tier',
    values: { amount: 'sum(amount)' },
    order: '2 desc',
    limit: 4,
  }),
  rates: ranked({
    ...compliance,
    by: 'tier',
    values: { flagged: share('sum(flagged)', 'sum(transactions)') },
    order: '2 desc',
    limit: 4,
  }),

  riskiest: ranked({
    ...risk,
    by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
    values: {
      mean_score: MEAN_SCORE,
      highest_score: 'max(score_max)',
      exposure: 'sum(exposure)',
      high_risk: 'sum(high_risk)',
      cross_border: 'sum(cross_border)',
      latest: 'max(latest)',
    },
    order: '4 desc',
    limit: 50,
  }),
  leastCompliant: ranked({
    ...compliance,
    by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
    values: {
      lowest_score: 'min(score_min)',
      flagged: 'sum(flagged)',
      flagged_amount: 'sum(amount)',
      sanctions: 'sum(sanctions_check_required)',
      structuring: 'sum(structuring_suspected)',
      reviews: 'sum(reviews)',
    },
    order: '4, 5 desc',
    limit: 50,
  }),
} as const
