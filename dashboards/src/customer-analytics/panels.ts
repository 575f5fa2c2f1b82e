import { sqlSeries, sqlTable } from '../datasources.ts'
import { countryLinks, customerLinks } from '../links.ts'
import { bars, inUnit, type PanelOf, pie, PLAIN, stacked, stat, table, timeSeries } from '../panels.ts'
import { SQL } from './queries.ts'

export const customers: PanelOf = () =>
  stat(
    {
      title: 'Active customers',
      description: 'Different customers with a transaction in the range shown.',
      unit: 'short',
    },
    PLAIN,
    sqlTable(SQL.customers),
  )

export const transactions: PanelOf = () =>
  stat(
    { title: 'Transactions each', description: 'Of an active customer, in the range shown.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.transactions),
  ).decimals(1)

export const spent: PanelOf = () =>
  stat(
    { title: 'Amount each', description: 'Sum of amount_usd of an active customer.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.spent),
  )

export const average: PanelOf = () =>
  stat(
    { title: 'Average transaction', description: 'Amount by number of transactions.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.average),
  )

export const fees: PanelOf = () =>
  stat(
    { title: 'Fees of the amount', description: 'What customers pay for moving their money.', unit: 'percentunit' },
    PLAIN,
    sqlTable(SQL.fees),
  ).decimals(3)

export const digital: PanelOf = () =>
  stat(
    { title: 'Digital', description: 'Transactions by mobile or web, of all.', unit: 'percentunit' },
    PLAIN,
    sqlTable(SQL.digital),
  ).decimals(1)

export const amountByTier: PanelOf = () =>
  stacked(
    { title: 'Amount an hour', description: 'Sum of amount_usd by tier.', unit: 'currencyUSD' },
    sqlSeries(SQL.amountByTier),
  )

export const averageByTier: PanelOf = () =>
  timeSeries(
    { title: 'Average transaction by tier', description: 'Amount by number of transactions.', unit: 'currencyUSD' },
    sqlSeries(SQL.averageByTier),
  )

export const activeByHour: PanelOf = () =>
  timeSeries(
    {
      title: 'Active customers by hour',
      description: 'Different customers in each hour that is over; of every tier and country.',
      unit: 'short',
    },
    sqlSeries(SQL.activeByHour),
  )

export const channels: PanelOf = () =>
  stacked(
    { title: 'Channels', description: 'Share of transactions by channel.', unit: 'percentunit' },
    sqlSeries(SQL.channels),
  )

export const channelByTier: PanelOf = () =>
  bars(
    { title: 'Channels by tier', description: 'Share of the transactions of each tier.', unit: 'percentunit' },
    sqlTable(SQL.channelByTier),
  )

export const categories: PanelOf = () =>
  bars(
    {
      title: 'Amount by category',
      description: "Of purchases and payments, by the merchant's category; of every tier and country.",
      unit: 'currencyUSD',
    },
    sqlTable(SQL.categories),
  )

export const consistency: PanelOf = () =>
  timeSeries(
    {
      title: 'Consistency',
      description:
        'Share of the commonest city and device in a quarter of an hour, mean of customers. A fall says that customers ' +
        'travel, change devices, or are not who they were.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.consistency),
  ).max(1)

export const concentration: PanelOf = () =>
  timeSeries(
    {
      title: 'Concentration of spending',
      description: 'Sum of squared category shares, mean of customers: 1 is one category only.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.concentration),
  ).max(1)

export const amountShares: PanelOf = () =>
  pie({ title: 'Amount by tier', description: 'Who moves the money.', unit: 'currencyUSD' }, sqlTable(SQL.amountShares))

export const tiers: PanelOf = () =>
  table(
    { title: 'Tiers', description: 'The range shown in numbers.', unit: 'short' },
    sqlTable(SQL.tiers),
  ).overrideByRegexp('amount|per_customer|average|fees', inUnit('currencyUSD'))

export const homes: PanelOf = () =>
  bars(
    { title: 'Amount each by home country', description: 'Of an active customer.', unit: 'currencyUSD' },
    sqlTable(SQL.homes),
  ).span(12)

export const topCustomers: PanelOf = () =>
  table(
    {
      title: 'Largest customers',
      description: 'By amount in the range shown. The customer is a link.',
      unit: 'short',
    },
    sqlTable(SQL.topCustomers),
  )
    .span(24)
    .height(10)
    .overrideByRegexp('amount|average|fees', inUnit('currencyUSD'))
    .overrideByName('country', countryLinks)
    .overrideByName('customer_id', customerLinks)
