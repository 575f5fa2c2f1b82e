import { COMPLIANCE_FLAGS, RISK_FACTORS } from '@fintech-streams/contracts'
import { type DashboardValue, fraudAlerts } from '../dashboard.ts'
import { countryLinks, customerLinks } from '../links.ts'
import { badFrom, goodFrom, warnFrom } from '../panel.ts'
import { forEachOf, overTime, per, ranked, share, sumsOverTime, total } from '../select.ts'
import { COMPLIANCE, LEVELS, RISK } from '../sources.ts'
import { consoleAddress, riskLevel, tier } from '../variables.ts'

const OF_TIER = 'tier in (${tier:sqlstring})'
const risk = { from: RISK, where: OF_TIER } as const
const compliance = { from: COMPLIANCE, where: OF_TIER } as const
const MEAN_SCORE = share('sum(score)', 'sum(windows)')
const SCORE = 'From 0 to 100, of windows of ten minutes.'

/** For the risk officer: how much is at risk, why, with whom, and what compliance asks for. */
export const riskManagement: DashboardValue = {
  uid: 'risk-management',
  title: 'Risk Management',
  description: 'How much is at risk, why, with whom, and what compliance asks for.',
  variables: [tier, riskLevel, consoleAddress],
  annotations: [fraudAlerts],
  rows: {
    Totals: [
      {
        kind: 'stat',
        title: 'Mean risk score',
        description: `${SCORE} Mean of customers and windows.`,
        thresholds: warnFrom(25, 50),
        decimals: 1,
        sql: total({ ...risk, values: { score: MEAN_SCORE } }),
      },
      {
        kind: 'stat',
        title: 'Highest risk score',
        description: SCORE,
        thresholds: warnFrom(50, 75),
        decimals: 1,
        sql: total({ ...risk, values: { score: 'max(score_max)' } }),
      },
      {
        kind: 'stat',
        title: 'Exposure',
        description: 'Sum of amount_usd in the range shown.',
        unit: 'currencyUSD',
        sql: total({ ...risk, values: { exposure: 'sum(exposure)' } }),
      },
      {
        kind: 'stat',
        title: 'High-risk transactions',
        description: 'Of risk level HIGH or CRITICAL.',
        sql: total({ ...risk, values: { transactions: 'sum(high_risk)' } }),
      },
      {
        kind: 'stat',
        title: 'Mean compliance score',
        description: 'From 0 to 1, of windows of half an hour: 1 less the weights of the flags by transaction.',
        unit: 'percentunit',
        thresholds: goodFrom(0.9),
        decimals: 2,
        sql: total({ ...compliance, values: { score: MEAN_SCORE } }),
      },
      {
        kind: 'stat',
        title: 'Reviews required',
        description: 'Windows of customers whose compliance score is below 0.7.',
        thresholds: badFrom(1),
        sql: total({ ...compliance, values: { reviews: 'coalesce(sum(reviews), 0)' } }),
      },
    ],
    Risk: [
      {
        kind: 'timeSeries',
        title: 'Risk score by tier',
        description: `${SCORE} Mean of customers.`,
        sql: overTime({ ...risk, by: 'tier', values: { score: MEAN_SCORE } }),
      },
      {
        kind: 'timeSeries',
        title: 'Highest risk score by tier',
        description: `${SCORE} Of any customer.`,
        max: 100,
        sql: overTime({ ...risk, by: 'tier', values: { score: 'max(score_max)' } }),
      },
      {
        kind: 'stacked',
        title: 'Exposure an hour',
        description: 'Sum of amount_usd by tier.',
        unit: 'currencyUSD',
        sql: sumsOverTime({ ...risk, by: 'tier', values: { exposure: per('hour', RISK, 'sum(exposure)') } }),
      },
    ],
    'What makes it': [
      {
        kind: 'timeSeries',
        title: 'Risk levels an hour',
        description:
          'Transactions by their own risk level; of every tier. The scale is logarithmic: LOW is nearly all.',
        isLogarithmic: true,
        sql: sumsOverTime({
          from: LEVELS,
          by: 'risk_level',
          where: 'risk_level in (${risk_level:sqlstring})',
          values: { transactions: per('hour', LEVELS, 'sum(transactions)') },
        }),
      },
      {
        kind: 'pie',
        title: 'Risk levels',
        description: 'Of every tier.',
        sql: ranked({
          from: LEVELS,
          by: 'risk_level',
          where: 'risk_level in (${risk_level:sqlstring})',
          values: { transactions: 'sum(transactions)' },
          order: '2 desc',
          limit: 4,
        }),
      },
      {
        kind: 'timeSeries',
        title: 'Risk factors',
        description: 'Share of transactions that have each.',
        unit: 'percentunit',
        sql: overTime({
          ...risk,
          values: forEachOf(RISK_FACTORS, (factor) => share(`sum(${factor})`, 'sum(transactions)')),
        }),
      },
    ],
    Compliance: [
      {
        kind: 'timeSeries',
        title: 'Compliance score by tier',
        description: 'Mean of customers in windows of half an hour.',
        unit: 'percentunit',
        max: 1,
        sql: overTime({ ...compliance, by: 'tier', values: { score: MEAN_SCORE } }),
      },
      {
        kind: 'timeSeries',
        title: 'Lowest compliance score by tier',
        description: 'Of any customer in half an hour. Below 0.7 a review is required.',
        unit: 'percentunit',
        max: 1,
        sql: overTime({ ...compliance, by: 'tier', values: { score: 'min(score_min)' } }),
      },
      {
        kind: 'stacked',
        title: 'Compliance flags an hour',
        description: 'A transaction may have several.',
        sql: sumsOverTime({
          ...compliance,
          values: forEachOf(COMPLIANCE_FLAGS.toReversed(), (flag) => per('hour', COMPLIANCE, `sum(${flag})`)),
        }),
      },
    ],
    Distribution: [
      {
        kind: 'columns',
        title: 'Customers by highest score',
        description: 'How many customers reached each band in some window: one may be in several.',
        sql: ranked({
          ...risk,
          by: { score: "to_char(least(floor(score_max / 10), 9) * 10, 'FM00') || '+'" },
          values: { customers: 'count(distinct customer_id)' },
          order: '1',
          limit: 10,
        }),
      },
      {
        kind: 'bars',
        title: 'Flagged transactions by tier',
        description: 'Share with a compliance flag.',
        unit: 'percentunit',
        sql: ranked({
          ...compliance,
          by: 'tier',
          values: { flagged: share('sum(flagged)', 'sum(transactions)') },
          order: '2 desc',
          limit: 4,
        }),
      },
      {
        kind: 'bars',
        title: 'Flagged amount by tier',
        description: 'Each flagged transaction once.',
        unit: 'currencyUSD',
        sql: ranked({ ...compliance, by: 'tier', values: { amount: 'sum(amount)' }, order: '2 desc', limit: 4 }),
      },
    ],
    Customers: [
      {
        kind: 'table',
        title: 'Riskiest customers',
        description: 'By mean risk score in the range shown.',
        height: 10,
        columns: { exposure: 'currencyUSD', country: countryLinks, customer_id: customerLinks },
        sql: ranked({
          ...risk,
          by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
          values: `${MEAN_SCORE} as mean_score, max(score_max) as highest_score, sum(exposure) as exposure,
            sum(high_risk) as high_risk, sum(cross_border) as cross_border, max(latest) as latest`,
          order: '4 desc',
          limit: 50,
        }),
      },
      {
        kind: 'table',
        title: 'Least compliant customers',
        description: 'By lowest compliance score in the range shown.',
        height: 10,
        columns: {
          lowest_score: 'percentunit',
          flagged_amount: 'currencyUSD',
          country: countryLinks,
          customer_id: customerLinks,
        },
        sql: ranked({
          ...compliance,
          by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
          values: `min(score_min) as lowest_score, sum(flagged) as flagged, sum(amount) as flagged_amount,
            sum(sanctions_check_required) as sanctions, sum(structuring_suspected) as structuring,
            sum(reviews) as reviews`,
          order: '4, 5 desc',
          limit: 50,
        }),
      },
    ],
  },
}
