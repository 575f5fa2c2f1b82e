import { sqlSeries, sqlTable } from '../datasources.ts'
import { countryLinks } from '../links.ts'
import {
  bars,
  columns,
  gauge,
  inUnit,
  type PanelOf,
  pie,
  PLAIN,
  stacked,
  stat,
  table,
  timeSeries,
  warnFrom,
} from '../panels.ts'
import { SQL } from './queries.ts'

export const revenue: PanelOf = () =>
  stat(
    { title: 'Revenue', description: 'Sum of amount_usd, COMPLETED only.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.revenue),
  )

export const transactions: PanelOf = () =>
  stat(
    { title: 'Transactions', description: 'At merchants, every status.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.transactions),
  )

export const merchants: PanelOf = () =>
  stat(
    { title: 'Merchants', description: 'With a transaction in the range shown.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.merchants),
  )

export const average: PanelOf = () =>
  stat(
    { title: 'Revenue each', description: 'Revenue by number of transactions of every status.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.average),
  )

export const retention: PanelOf = () =>
  stat(
    {
      title: 'Retention',
      description: 'Customers who buy twice or more within ten minutes, mean of merchants and windows.',
      unit: 'percentunit',
    },
    PLAIN,
    sqlTable(SQL.retention),
  ).decimals(1)

export const reversals: PanelOf = () =>
  stat(
    {
      title: 'Refunds and chargebacks',
      description: 'For each purchase or payment, of every merchant.',
      unit: 'percentunit',
    },
    warnFrom(0.05, 0.1),
    sqlTable(SQL.reversals),
  ).decimals(2)

export const revenueByCategory: PanelOf = () =>
  stacked(
    { title: 'Revenue an hour', description: 'By category.', unit: 'currencyUSD' },
    sqlSeries(SQL.revenueByCategory),
  )

export const transactionsByCategory: PanelOf = () =>
  stacked(
    { title: 'Transactions an hour', description: 'By category.', unit: 'short' },
    sqlSeries(SQL.transactionsByCategory),
  )

export const retentionByCategory: PanelOf = () =>
  timeSeries(
    { title: 'Retention by category', description: 'Mean of merchants and windows.', unit: 'percentunit' },
    sqlSeries(SQL.retentionByCategory),
  ).max(1)

export const top: PanelOf = () =>
  bars(
    { title: 'Largest merchants', description: 'By revenue in the range shown.', unit: 'currencyUSD' },
    sqlTable(SQL.top),
  )

export const categories: PanelOf = () =>
  bars({ title: 'Categories', description: 'By revenue.', unit: 'currencyUSD' }, sqlTable(SQL.categories))

export const levels: PanelOf = () =>
  pie(
    { title: 'Revenue by risk level', description: 'Of the merchant, as it was onboarded.', unit: 'currencyUSD' },
    sqlTable(SQL.levels),
  )

export const tickets: PanelOf = () =>
  columns(
    {
      title: 'Sizes of payments',
      description: 'Amount by the size of the payment in US dollars.',
      unit: 'currencyUSD',
    },
    sqlTable(SQL.tickets),
  )

export const countries: PanelOf = () =>
  bars(
    { title: 'Revenue by country', description: "Of the merchant's address.", unit: 'currencyUSD' },
    sqlTable(SQL.countries),
  )

export const concentration: PanelOf = () =>
  gauge(
    {
      title: 'Five largest',
      description: 'Their share of the revenue of the merchants chosen: what depends on few partners.',
      unit: 'percentunit',
    },
    { max: 1, steps: warnFrom(0.5, 0.8) },
    sqlTable(SQL.concentration),
  )

export const reversalsOverTime: PanelOf = () =>
  stacked(
    {
      title: 'Reversed an hour',
      description: 'Amount of refunds and chargebacks, of every merchant.',
      unit: 'currencyUSD',
    },
    sqlSeries(SQL.reversalsOverTime),
  ).span(4)

export const byMerchant: PanelOf = () =>
  table(
    {
      title: 'Merchants in numbers',
      description: 'By revenue in the range shown; customers are those of ten minutes, on average.',
      unit: 'short',
    },
    sqlTable(SQL.table),
  )
    .span(24)
    .height(12)
    .overrideByRegexp('revenue|average', inUnit('currencyUSD'))
    .overrideByName('retention', inUnit('percentunit'))
    .overrideByName('country', countryLinks)
