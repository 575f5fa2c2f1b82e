import { sqlSeries, sqlTable } from '../datasources.ts'
import { customerLinks, transactionLinks } from '../links.ts'
import {
  badFrom,
  bars,
  columns,
  goodFrom,
  inUnit,
  type PanelOf,
  pie,
  PLAIN,
  stacked,
  stat,
  table,
  timeSeries,
} from '../panels.ts'
import { SQL } from './queries.ts'

export const transactions: PanelOf = () =>
  stat(
    { title: 'Transactions', description: 'Every status, in the range shown.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.transactions),
  )

export const volume: PanelOf = () =>
  stat(
    { title: 'Volume', description: 'Sum of amount_usd, every status.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.volume),
  )

export const average: PanelOf = () =>
  stat(
    { title: 'Average value', description: 'Volume by number of transactions.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.average),
  ).decimals(2)

export const fees: PanelOf = () =>
  stat(
    { title: 'Fees', description: 'What customers paid for their transactions.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.fees),
  )

export const successRate: PanelOf = () =>
  stat(
    {
      title: 'Success rate',
      description: 'COMPLETED, of all. PENDING does not count as success.',
      unit: 'percentunit',
    },
    goodFrom(0.9),
    sqlTable(SQL.successRate),
  ).decimals(2)

export const highRiskRate: PanelOf = () =>
  stat(
    { title: 'High risk', description: 'Of risk level HIGH or CRITICAL, of all.', unit: 'percentunit' },
    badFrom(0.02),
    sqlTable(SQL.highRiskRate),
  ).decimals(2)

export const rateByType: PanelOf = () =>
  stacked(
    { title: 'Transactions a minute', description: 'By type. A minute appears when its window closes.', unit: 'short' },
    sqlSeries(SQL.rateByType),
  )

export const volumeByType: PanelOf = () =>
  stacked(
    { title: 'Volume a minute', description: 'Sum of amount_usd by type.', unit: 'currencyUSD' },
    sqlSeries(SQL.volumeByType),
  )

export const averageByType: PanelOf = () =>
  timeSeries(
    { title: 'Average value by type', description: 'Volume by number of transactions.', unit: 'currencyUSD' },
    sqlSeries(SQL.averageByType),
  )

export const statuses: PanelOf = () =>
  stacked({ title: 'Outcome a minute', description: 'Transactions by status.', unit: 'short' }, sqlSeries(SQL.statuses))

export const successByType: PanelOf = () =>
  timeSeries(
    {
      title: 'Success rate by type',
      description: 'A line that falls alone points at one rail or processor; all at once, at the platform.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.successByType),
  ).max(1)

export const adverseByType: PanelOf = () =>
  bars(
    { title: 'Failed and declined', description: 'Share of each type, the worst first.', unit: 'percentunit' },
    sqlTable(SQL.adverseByType),
  )

export const shares: PanelOf = () =>
  pie({ title: 'Mix of types', description: 'Transactions by type.', unit: 'short' }, sqlTable(SQL.shares))

export const levels: PanelOf = () =>
  stacked(
    { title: 'Risk levels a minute', description: 'Transactions above LOW.', unit: 'short' },
    sqlSeries(SQL.levels),
  )

export const feesByType: PanelOf = () =>
  bars(
    { title: 'Fees by type', description: 'What customers paid, in the range shown.', unit: 'currencyUSD' },
    sqlTable(SQL.feesByType),
  )

export const summary: PanelOf = () =>
  table(
    { title: 'By type', description: 'The range shown in numbers, the largest volume first.', unit: 'short' },
    sqlTable(SQL.summary),
  )
    .overrideByRegexp('amount|average|fees', inUnit('currencyUSD'))
    .overrideByName('success', inUnit('percentunit'))

export const latest: PanelOf = () =>
  table(
    {
      title: 'Latest transactions',
      description: 'With their verdicts, within a second of their commit. Not by type.',
      unit: 'currencyUSD',
    },
    sqlTable(SQL.latest),
  )
    .overrideByName('fraud_score', inUnit('percentunit'))
    .overrideByName('customer_id', customerLinks)
    .overrideByName('transaction_id', transactionLinks)

export const hours: PanelOf = () =>
  columns(
    {
      title: 'Hour of the day',
      description: 'Transactions by UTC hour, of hours that are over.',
      unit: 'short',
    },
    sqlTable(SQL.hours),
  ).span(12)

export const activeCustomers: PanelOf = () =>
  timeSeries(
    {
      title: 'Active customers by hour',
      description: 'Different customers with a transaction in the hour, exactly; the most of a step.',
      unit: 'short',
    },
    sqlSeries(SQL.activeCustomers),
  ).span(12)
