import { RISK_LEVELS, TRANSACTION_STATUSES } from '@fintech-streams/contracts'
import { type DashboardValue, fraudAlerts } from '../dashboard.ts'
import { customerLinks, transactionLinks } from '../links.ts'
import { badFrom, goodFrom } from '../panel.ts'
import { AVERAGE, forEachOf, newest, overTime, per, ranked, share, sumsOverTime, total } from '../select.ts'
import { HOURS, VERDICTS, VOLUME } from '../sources.ts'
import { consoleAddress, transactionType } from '../variables.ts'

const OF_TYPE = 'transaction_type in (${type:sqlstring})'
const by = 'transaction_type'
const of = { from: VOLUME, where: OF_TYPE } as const
const ADVERSE = 'sum(failed + declined)'

/** For the head of payments: how much goes through, whether it succeeds, and what it earns. */
export const transactionMonitor: DashboardValue = {
  uid: 'transaction-monitor',
  title: 'Transaction Monitor',
  description: 'How much goes through, whether it succeeds, and what it earns.',
  variables: [transactionType, consoleAddress],
  annotations: [fraudAlerts],
  rows: {
    Totals: [
      {
        kind: 'stat',
        title: 'Transactions',
        description: 'Every status, in the range shown.',
        sql: total({ ...of, values: { transactions: 'sum(transactions)' } }),
      },
      {
        kind: 'stat',
        title: 'Volume',
        description: 'Sum of amount_usd, every status.',
        unit: 'currencyUSD',
        sql: total({ ...of, values: { amount: 'sum(amount)' } }),
      },
      {
        kind: 'stat',
        title: 'Average value',
        description: 'Volume by number of transactions.',
        unit: 'currencyUSD',
        decimals: 2,
        sql: total({ ...of, values: { average: AVERAGE } }),
      },
      {
        kind: 'stat',
        title: 'Fees',
        description: 'What customers paid for their transactions.',
        unit: 'currencyUSD',
        sql: total({ ...of, values: { fees: 'sum(fees)' } }),
      },
      {
        kind: 'stat',
        title: 'Success rate',
        description: 'COMPLETED, of all. PENDING does not count as success.',
        unit: 'percentunit',
        thresholds: goodFrom(0.9),
        decimals: 2,
        sql: total({ ...of, values: { rate: share('sum(completed)', 'sum(transactions)') } }),
      },
      {
        kind: 'stat',
        title: 'High risk',
        description: 'Of risk level HIGH or CRITICAL, of all.',
        unit: 'percentunit',
        thresholds: badFrom(0.02),
        decimals: 2,
        sql: total({ ...of, values: { rate: share('sum(high + critical)', 'sum(transactions)') } }),
      },
    ],
    Flow: [
      {
        kind: 'stacked',
        title: 'Transactions a minute',
        description: 'By type. A minute appears when its window closes.',
        sql: sumsOverTime({ ...of, by, values: { transactions: per('minute', VOLUME, 'sum(transactions)') } }),
      },
      {
        kind: 'stacked',
        title: 'Volume a minute',
        description: 'Sum of amount_usd by type.',
        unit: 'currencyUSD',
        sql: sumsOverTime({ ...of, by, values: { amount: per('minute', VOLUME, 'sum(amount)') } }),
      },
      {
        kind: 'timeSeries',
        title: 'Average value by type',
        description: 'Volume by number of transactions.',
        unit: 'currencyUSD',
        sql: overTime({ ...of, by, values: { average: AVERAGE } }),
      },
    ],
    Outcome: [
      {
        kind: 'stacked',
        title: 'Outcome a minute',
        description: 'Transactions by status.',
        sql: sumsOverTime({
          ...of,
          values: forEachOf(TRANSACTION_STATUSES, (status) => per('minute', VOLUME, `sum(${status})`)),
        }),
      },
      {
        kind: 'timeSeries',
        title: 'Success rate by type',
        description: 'A line that falls alone points at one rail or processor; all at once, at the platform.',
        unit: 'percentunit',
        max: 1,
        sql: overTime({ ...of, by, values: { rate: share('sum(completed)', 'sum(transactions)') } }),
      },
      {
        kind: 'bars',
        title: 'Failed and declined',
        description: 'Share of each type, the worst first.',
        unit: 'percentunit',
        sql: ranked({
          ...of,
          by,
          values: `${share('sum(failed)', 'sum(transactions)')} as failed,
            ${share('sum(declined)', 'sum(transactions)')} as declined`,
          order: `${share(ADVERSE, 'sum(transactions)')} desc`,
          limit: 8,
        }),
      },
    ],
    Mix: [
      {
        kind: 'pie',
        title: 'Mix of types',
        description: 'Transactions by type.',
        sql: ranked({ ...of, by, values: { transactions: 'sum(transactions)' }, order: '2 desc', limit: 8 }),
      },
      {
        kind: 'stacked',
        title: 'Risk levels a minute',
        description: 'Transactions above LOW.',
        sql: sumsOverTime({
          ...of,
          values: forEachOf(RISK_LEVELS.slice(1), (level) => per('minute', VOLUME, `sum(${level})`)),
        }),
      },
      {
        kind: 'bars',
        title: 'Fees by type',
        description: 'What customers paid, in the range shown.',
        unit: 'currencyUSD',
        sql: ranked({ ...of, by, values: { fees: 'sum(fees)' }, order: '2 desc', limit: 8 }),
      },
    ],
    'In detail': [
      {
        kind: 'table',
        title: 'By type',
        description: 'The range shown in numbers, the largest volume first.',
        columns: { 'amount|average|fees': 'currencyUSD', success: 'percentunit' },
        sql: ranked({
          ...of,
          by: { type: by },
          values: `sum(transactions) as transactions, sum(amount) as amount, ${AVERAGE} as average,
            sum(fees) as fees, ${share('sum(completed)', 'sum(transactions)')} as success,
            sum(high + critical) as high_risk`,
          order: '3 desc',
          limit: 8,
        }),
      },
      {
        kind: 'table',
        title: 'Latest transactions',
        description: 'With their verdicts, within a second of their commit. Not by type.',
        unit: 'currencyUSD',
        columns: { fraud_score: 'percentunit', customer_id: customerLinks, transaction_id: transactionLinks },
        sql: newest({
          from: VERDICTS,
          values: 'amount_usd, verdict, fraud_score, customer_id::text, transaction_id::text',
          limit: 50,
        }),
      },
    ],
    'The day': [
      {
        kind: 'columns',
        title: 'Hour of the day',
        description: 'Transactions by UTC hour, of hours that are over.',
        span: 12,
        sql: ranked({
          from: HOURS,
          by: { hour: "to_char(hour, 'FM00')" },
          values: { transactions: 'sum(transactions)' },
          order: '1',
          limit: 24,
        }),
      },
      {
        kind: 'timeSeries',
        title: 'Active customers by hour',
        description: 'Different customers with a transaction in the hour, exactly; the most of a step.',
        span: 12,
        sql: sumsOverTime({ from: HOURS, values: { customers: 'max(active_customers)' } }),
      },
    ],
  },
}
