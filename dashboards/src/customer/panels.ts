import { sqlSeries, sqlTable } from '../datasources.ts'
import { countryLinks, customerLinks, transactionLinks } from '../links.ts'
import {
  badFrom,
  bars,
  goodFrom,
  inUnit,
  type PanelOf,
  pie,
  PLAIN,
  stat,
  table,
  timeSeries,
  warnFrom,
} from '../panels.ts'
import { SQL } from './queries.ts'

export const profile: PanelOf = () =>
  table(
    { title: 'Profile', description: 'Without names and addresses, which Grafana may not read.', unit: 'short' },
    sqlTable(SQL.profile),
  )
    .height(5)
    .overrideByName('country', countryLinks)

export const accounts: PanelOf = () =>
  table(
    { title: 'Accounts', description: 'As they are now, in their own currencies.', unit: 'short' },
    sqlTable(SQL.accounts),
  ).height(5)

export const amount: PanelOf = () =>
  stat(
    { title: 'Amount', description: 'Sum of amount_usd in the range shown.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.amount),
  )

export const transactions: PanelOf = () =>
  stat({ title: 'Transactions', description: 'Every status.', unit: 'short' }, PLAIN, sqlTable(SQL.transactions))

export const alerts: PanelOf = () =>
  stat(
    { title: 'Fraud verdicts', description: 'Transactions whose verdict is not NORMAL.', unit: 'short' },
    badFrom(1),
    sqlTable(SQL.alerts),
  )

export const risk: PanelOf = () =>
  stat(
    { title: 'Highest risk score', description: 'From 0 to 100, of windows of ten minutes.', unit: 'short' },
    warnFrom(50, 75),
    sqlTable(SQL.risk),
  ).decimals(1)

export const compliance: PanelOf = () =>
  stat(
    {
      title: 'Lowest compliance score',
      description: 'Of windows of half an hour. Below 0.7 a review is required.',
      unit: 'percentunit',
    },
    goodFrom(0.7),
    sqlTable(SQL.compliance),
  ).decimals(1)

export const highRisk: PanelOf = () =>
  stat(
    { title: 'High-risk transactions', description: 'Of risk level HIGH or CRITICAL.', unit: 'short' },
    badFrom(1),
    sqlTable(SQL.highRisk),
  )

export const transaction: PanelOf = () =>
  table(
    {
      title: 'One transaction',
      description: 'The one that a link led to, or the variable names; else the latest alert, or the latest of all.',
      unit: 'short',
    },
    sqlTable(SQL.transaction),
  )
    .span(24)
    .height(4)
    .overrideByName('amount_usd', inUnit('currencyUSD'))
    .overrideByName('country', countryLinks)

export const amountOverTime: PanelOf = () =>
  timeSeries(
    { title: 'Amounts', description: 'Sum of each step, and its largest transaction.', unit: 'currencyUSD' },
    sqlSeries(SQL.amountOverTime),
  )
    .span(12)
    .interval('5m')

export const transactionsOverTime: PanelOf = () =>
  timeSeries(
    { title: 'Number of transactions', description: 'Of each step.', unit: 'short' },
    sqlSeries(SQL.transactionsOverTime),
  )
    .span(12)
    .interval('5m')

export const riskOverTime: PanelOf = () =>
  timeSeries(
    { title: 'Risk score', description: 'Of windows of ten minutes, from 0 to 100.', unit: 'short' },
    sqlSeries(SQL.riskOverTime),
  )
    .max(100)
    .span(12)
    .interval('10m')

export const habits: PanelOf = () =>
  timeSeries(
    {
      title: 'Habits',
      description: 'Share of the commonest city and device, and concentration of spending on few categories.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.habits),
  )
    .max(1)
    .span(12)
    .interval('15m')

export const categories: PanelOf = () =>
  pie(
    {
      title: 'Categories',
      description: 'Amount by merchant category; NONE is without a merchant.',
      unit: 'currencyUSD',
    },
    sqlTable(SQL.categories),
  )

export const channels: PanelOf = () =>
  bars({ title: 'Channels', description: 'Transactions.', unit: 'short' }, sqlTable(SQL.channels))

export const factors: PanelOf = () =>
  bars({ title: 'Risk factors', description: 'Transactions that have each.', unit: 'short' }, sqlTable(SQL.factors))

export const verdicts: PanelOf = () =>
  table(
    {
      title: 'Latest transactions',
      description: 'With their verdicts. A transaction is a link: it then stands above.',
      unit: 'currencyUSD',
    },
    sqlTable(SQL.verdicts),
  )
    .height(10)
    .overrideByName('fraud_score', inUnit('percentunit'))
    .overrideByName('customer_id', customerLinks)
    .overrideByName('transaction_id', transactionLinks)

export const compliances: PanelOf = () =>
  table(
    { title: 'Compliance', description: 'Windows of half an hour, the newest first.', unit: 'short' },
    sqlTable(SQL.compliances),
  )
    .height(10)
    .overrideByName('compliance_score', inUnit('percentunit'))
    .overrideByName('amount', inUnit('currencyUSD'))
