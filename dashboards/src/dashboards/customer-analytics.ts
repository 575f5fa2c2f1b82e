import { CHANNELS } from '@fintech-streams/contracts'
import { type DashboardValue, fraudAlerts } from '../dashboard.ts'
import { countryLinks, customerLinks } from '../links.ts'
import { AVERAGE, forEachOf, overTime, per, ranked, share, sumsOverTime, total } from '../select.ts'
import { BEHAVIOR, CATEGORIES, HOURS, SPENDING } from '../sources.ts'
import { consoleAddress, homeCountry, tier } from '../variables.ts'

const CHOSEN = 'tier in (${tier:sqlstring}) and country in (${country:sqlstring})'
const spending = { from: SPENDING, where: CHOSEN } as const
const behavior = { from: BEHAVIOR, where: CHOSEN } as const
const CHANNEL_SHARES = forEachOf(CHANNELS, (channel) => share(`sum(${channel})`, 'sum(transactions)'))

/** For whoever owns the customers: who is active, what they spend, on what and how. */
export const customerAnalytics: DashboardValue = {
  uid: 'customer-analytics',
  title: 'Customer Analytics',
  description: 'Who is active, what they spend, on what and how.',
  variables: [tier, homeCountry, consoleAddress],
  annotations: [fraudAlerts],
  rows: {
    Totals: [
      {
        kind: 'stat',
        title: 'Active customers',
        description: 'Different customers with a transaction in the range shown.',
        sql: total({ ...spending, values: { customers: 'count(distinct customer_id)' } }),
      },
      {
        kind: 'stat',
        title: 'Transactions each',
        description: 'Of an active customer, in the range shown.',
        decimals: 1,
        sql: total({
          ...spending,
          values: { transactions: share('sum(transactions)', 'count(distinct customer_id)') },
        }),
      },
      {
        kind: 'stat',
        title: 'Amount each',
        description: 'Sum of amount_usd of an active customer.',
        unit: 'currencyUSD',
        sql: total({ ...spending, values: { amount: 'sum(amount) / nullif(count(distinct customer_id), 0)' } }),
      },
      {
        kind: 'stat',
        title: 'Average transaction',
        description: 'Amount by number of transactions.',
        unit: 'currencyUSD',
        sql: total({ ...spending, values: { average: AVERAGE } }),
      },
      {
        kind: 'stat',
        title: 'Fees of the amount',
        description: 'What customers pay for moving their money.',
        unit: 'percentunit',
        decimals: 3,
        sql: total({ ...spending, values: { fees: share('sum(fees)', 'sum(amount)') } }),
      },
      {
        kind: 'stat',
        title: 'Digital',
        description: 'Transactions by mobile or web, of all.',
        unit: 'percentunit',
        decimals: 1,
        sql: total({ ...behavior, values: { share: share('sum(mobile + web)', 'sum(transactions)') } }),
      },
    ],
    Spending: [
      {
        kind: 'stacked',
        title: 'Amount an hour',
        description: 'Sum of amount_usd by tier.',
        unit: 'currencyUSD',
        sql: sumsOverTime({ ...spending, by: 'tier', values: { amount: per('hour', SPENDING, 'sum(amount)') } }),
      },
      {
        kind: 'timeSeries',
        title: 'Average transaction by tier',
        description: 'Amount by number of transactions.',
        unit: 'currencyUSD',
        sql: overTime({ ...spending, by: 'tier', values: { average: AVERAGE } }),
      },
      {
        kind: 'timeSeries',
        title: 'Active customers by hour',
        description: 'Different customers in each hour that is over; of every tier and country.',
        sql: sumsOverTime({ from: HOURS, values: { customers: 'max(active_customers)' } }),
      },
    ],
    'How and on what': [
      {
        kind: 'stacked',
        title: 'Channels',
        description: 'Share of transactions by channel.',
        unit: 'percentunit',
        sql: overTime({ ...behavior, values: CHANNEL_SHARES }),
      },
      {
        kind: 'bars',
        title: 'Channels by tier',
        description: 'Share of the transactions of each tier.',
        unit: 'percentunit',
        sql: ranked({ ...behavior, by: 'tier', values: CHANNEL_SHARES, order: '1', limit: 4 }),
      },
      {
        kind: 'bars',
        title: 'Amount by category',
        description: "Of purchases and payments, by the merchant's category; of every tier and country.",
        unit: 'currencyUSD',
        sql: ranked({
          from: CATEGORIES,
          where: "category <> 'NONE'",
          by: 'category',
          values: { amount: 'sum(amount)' },
          order: '2 desc',
          limit: 15,
        }),
      },
    ],
    Habits: [
      {
        kind: 'timeSeries',
        title: 'Consistency',
        description:
          'Share of the commonest city and device in a quarter of an hour, mean of customers. A fall says that customers ' +
          'travel, change devices, or are not who they were.',
        unit: 'percentunit',
        max: 1,
        sql: overTime({
          ...behavior,
          values: {
            place: share('sum(location_consistency)', 'sum(windows)'),
            device: share('sum(device_consistency)', 'sum(windows)'),
          },
        }),
      },
      {
        kind: 'timeSeries',
        title: 'Concentration of spending',
        description: 'Sum of squared category shares, mean of customers: 1 is one category only.',
        unit: 'percentunit',
        max: 1,
        sql: overTime({
          ...behavior,
          by: 'tier',
          values: { concentration: share('sum(spending_pattern)', 'sum(windows)') },
        }),
      },
      {
        kind: 'pie',
        title: 'Amount by tier',
        description: 'Who moves the money.',
        unit: 'currencyUSD',
        sql: ranked({ ...spending, by: 'tier', values: { amount: 'sum(amount)' }, order: '2 desc', limit: 4 }),
      },
    ],
    'Tiers and homes': [
      {
        kind: 'table',
        title: 'Tiers',
        description: 'The range shown in numbers.',
        columns: { 'amount|per_customer|average|fees': 'currencyUSD' },
        sql: ranked({
          ...spending,
          by: 'tier',
          values: `count(distinct customer_id) as customers, sum(transactions) as transactions,
            sum(amount) as amount, sum(amount) / nullif(count(distinct customer_id), 0) as per_customer,
            ${AVERAGE} as average, sum(fees) as fees`,
          order: '4 desc',
          limit: 4,
        }),
      },
      {
        kind: 'bars',
        title: 'Amount each by home country',
        description: 'Of an active customer.',
        unit: 'currencyUSD',
        span: 12,
        sql: ranked({
          ...spending,
          by: 'country',
          values: { amount: 'sum(amount) / nullif(count(distinct customer_id), 0)' },
          order: '2 desc',
          limit: 15,
        }),
      },
    ],
    Customers: [
      {
        kind: 'table',
        title: 'Largest customers',
        description: 'By amount in the range shown. The customer is a link.',
        span: 24,
        height: 10,
        columns: { 'amount|average|fees': 'currencyUSD', country: countryLinks, customer_id: customerLinks },
        sql: ranked({
          ...spending,
          by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
          values: `sum(amount) as amount, sum(transactions) as transactions, ${AVERAGE} as average,
            sum(fees) as fees, max(latest) as latest`,
          order: '4 desc',
          limit: 50,
        }),
      },
    ],
  },
}
