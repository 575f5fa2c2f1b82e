import { type DashboardValue, fraudAlerts } from '../dashboard.ts'
import { countryLinks } from '../links.ts'
import { warnFrom } from '../panel.ts'
import { overTime, per, ranked, share, sumsOverTime, total } from '../select.ts'
import { SALES, TICKETS, VOLUME } from '../sources.ts'
import { consoleAddress, merchantCategory, merchantCountry, riskLevel } from '../variables.ts'

const CHOSEN =
  'category in (${category:sqlstring}) and country in (${country:sqlstring}) and risk_level in (${risk_level:sqlstring})'
const sales = { from: SALES, where: CHOSEN } as const
const REVENUE_EACH = 'sum(revenue) / nullif(sum(transactions), 0)'
const RETENTION = share('sum(retention)', 'sum(windows)')

/** For partnerships: which merchants earn, which keep their customers, and which are a risk. */
export const merchantPerformance: DashboardValue = {
  uid: 'merchant-performance',
  title: 'Merchant Performance',
  description: 'Which merchants earn, which keep their customers, and which are a risk.',
  variables: [merchantCategory, merchantCountry, riskLevel, consoleAddress],
  annotations: [fraudAlerts],
  rows: {
    Totals: [
      {
        kind: 'stat',
        title: 'Revenue',
        description: 'Sum of amount_usd, COMPLETED only.',
        unit: 'currencyUSD',
        sql: total({ ...sales, values: { revenue: 'sum(revenue)' } }),
      },
      {
        kind: 'stat',
        title: 'Transactions',
        description: 'At merchants, every status.',
        sql: total({ ...sales, values: { transactions: 'sum(transactions)' } }),
      },
      {
        kind: 'stat',
        title: 'Merchants',
        description: 'With a transaction in the range shown.',
        sql: total({ ...sales, values: { merchants: 'count(distinct merchant_id)' } }),
      },
      {
        kind: 'stat',
        title: 'Revenue each',
        description: 'Revenue by number of transactions of every status.',
        unit: 'currencyUSD',
        sql: total({ ...sales, values: { average: REVENUE_EACH } }),
      },
      {
        kind: 'stat',
        title: 'Retention',
        description: 'Customers who buy twice or more within ten minutes, mean of merchants and windows.',
        unit: 'percentunit',
        decimals: 1,
        sql: total({ ...sales, values: { retention: RETENTION } }),
      },
      {
        kind: 'stat',
        title: 'Refunds and chargebacks',
        description: 'For each purchase or payment, of every merchant.',
        unit: 'percentunit',
        thresholds: warnFrom(0.05, 0.1),
        decimals: 2,
        sql: total({
          from: VOLUME,
          values: `${share(
            "sum(transactions) filter (where transaction_type in ('REFUND', 'CHARGEBACK'))",
            "sum(transactions) filter (where transaction_type in ('PURCHASE', 'PAYMENT'))",
          )} as rate`,
        }),
      },
    ],
    'Over time': [
      {
        kind: 'stacked',
        title: 'Revenue an hour',
        description: 'By category.',
        unit: 'currencyUSD',
        sql: sumsOverTime({ ...sales, by: 'category', values: { revenue: per('hour', SALES, 'sum(revenue)') } }),
      },
      {
        kind: 'stacked',
        title: 'Transactions an hour',
        description: 'By category.',
        sql: sumsOverTime({
          ...sales,
          by: 'category',
          values: { transactions: per('hour', SALES, 'sum(transactions)') },
        }),
      },
      {
        kind: 'timeSeries',
        title: 'Retention by category',
        description: 'Mean of merchants and windows.',
        unit: 'percentunit',
        max: 1,
        sql: overTime({ ...sales, by: 'category', values: { retention: RETENTION } }),
      },
    ],
    'Who earns': [
      {
        kind: 'bars',
        title: 'Largest merchants',
        description: 'By revenue in the range shown.',
        unit: 'currencyUSD',
        sql: ranked({ ...sales, by: 'merchant', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 12 }),
      },
      {
        kind: 'bars',
        title: 'Categories',
        description: 'By revenue.',
        unit: 'currencyUSD',
        sql: ranked({ ...sales, by: 'category', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 15 }),
      },
      {
        kind: 'pie',
        title: 'Revenue by risk level',
        description: 'Of the merchant, as it was onboarded.',
        unit: 'currencyUSD',
        sql: ranked({ ...sales, by: 'risk_level', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 4 }),
      },
    ],
    How: [
      {
        kind: 'columns',
        title: 'Sizes of payments',
        description: 'Amount by the size of the payment in US dollars.',
        unit: 'currencyUSD',
        sql: ranked({
          from: TICKETS,
          where: CHOSEN,
          by: 'size',
          values: { amount: 'sum(amount)' },
          order: "split_part(split_part(size, '-', 1), '+', 1)::integer",
          limit: 5,
        }),
      },
      {
        kind: 'bars',
        title: 'Revenue by country',
        description: "Of the merchant's address.",
        unit: 'currencyUSD',
        sql: ranked({ ...sales, by: 'country', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 15 }),
      },
      {
        kind: 'gauge',
        title: 'Five largest',
        description: 'Their share of the revenue of the merchants chosen: what depends on few partners.',
        unit: 'percentunit',
        max: 1,
        thresholds: warnFrom(0.5, 0.8),
        sql: `
with ${SALES.cte},
each as (select merchant_id, sum(revenue) as revenue from sales where ${CHOSEN} group by merchant_id),
placed as (select revenue, row_number() over (order by revenue desc) as place from each)
select ${share('sum(revenue) filter (where place <= 5)', 'sum(revenue)')} as share from placed`,
      },
      {
        kind: 'stacked',
        title: 'Reversed an hour',
        description: 'Amount of refunds and chargebacks, of every merchant.',
        unit: 'currencyUSD',
        span: 4,
        sql: sumsOverTime({
          from: VOLUME,
          by: 'transaction_type',
          where: "transaction_type in ('REFUND', 'CHARGEBACK')",
          values: { amount: per('hour', VOLUME, 'sum(amount)') },
        }),
      },
    ],
    Merchants: [
      {
        kind: 'table',
        title: 'Merchants in numbers',
        description: 'By revenue in the range shown; customers are those of ten minutes, on average.',
        span: 24,
        height: 12,
        columns: { 'revenue|average': 'currencyUSD', retention: 'percentunit', country: countryLinks },
        sql: ranked({
          ...sales,
          by: { merchant: 'merchant', category: 'category', country: 'country', risk_level: 'risk_level' },
          values: `sum(revenue) as revenue, sum(transactions) as transactions, ${REVENUE_EACH} as average,
            ${share('sum(customers)', 'sum(windows)')} as customers, ${RETENTION} as retention, max(latest) as latest`,
          order: '5 desc',
          limit: 100,
        }),
      },
    ],
  },
}
