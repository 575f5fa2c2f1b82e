import { kafkaTopic, sqlSeries, sqlTable } from '../datasources.ts'
import { countryLinks, customerLinks, transactionLinks } from '../links.ts'
import {
  absolute,
  badFrom,
  barGauge,
  bars,
  columns,
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

export const alerts: PanelOf = () =>
  stat(
    { title: 'Alerts', description: 'Verdicts of score 0.6 or more, in the range shown.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.alerts),
  )

export const rate: PanelOf = () =>
  stat(
    { title: 'Alert rate', description: 'Alerts of all transactions, whatever tier and verdict.', unit: 'percentunit' },
    warnFrom(0.01, 0.03),
    sqlTable(SQL.rate),
  ).decimals(3)

export const amount: PanelOf = () =>
  stat(
    { title: 'Amount alerted', description: 'Sum of amount_usd of the alerts.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.amount),
  )

export const customers: PanelOf = () =>
  stat(
    { title: 'Customers alerted', description: 'Different customers with an alert.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.customers),
  )

export const score: PanelOf = () =>
  stat(
    { title: 'Highest score', description: 'Of verdicts that are not NORMAL.', unit: 'percentunit' },
    badFrom(0.8),
    sqlTable(SQL.score),
  )

export const anomalies: PanelOf = () =>
  stat(
    {
      title: 'Anomalies',
      description: 'Outliers, unusual categories and bursts. Most are no fraud: they are where to look next.',
      unit: 'short',
    },
    PLAIN,
    sqlTable(SQL.anomalies),
  )

export const alertsByVerdict: PanelOf = () =>
  stacked(
    { title: 'Alerts an hour', description: 'By verdict, the rule that matched first.', unit: 'short' },
    sqlSeries(SQL.alertsByVerdict),
  ).span(12)

export const rateOverTime: PanelOf = () =>
  timeSeries(
    {
      title: 'Alert rate over time',
      description: 'A step up without a step of the volume is an attack or a rule that went wrong.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.rateOverTime),
  )
    .span(12)
    .thresholds(absolute(warnFrom(0.01, 0.03)))

export const amountByVerdict: PanelOf = () =>
  stacked(
    { title: 'Amount alerted an hour', description: 'Sum of amount_usd by verdict.', unit: 'currencyUSD' },
    sqlSeries(SQL.amountByVerdict),
  ).span(12)

export const anomaliesByType: PanelOf = () =>
  stacked({ title: 'Anomalies an hour', description: 'By kind.', unit: 'short' }, sqlSeries(SQL.anomaliesByType)).span(
    12,
  )

export const verdicts: PanelOf = () =>
  pie({ title: 'Verdicts', description: 'Which rule matched first.', unit: 'short' }, sqlTable(SQL.verdicts)).span(6)

export const tiers: PanelOf = () =>
  bars(
    { title: 'By tier', description: 'Alerts and how many customers they are of.', unit: 'short' },
    sqlTable(SQL.tiers),
  ).span(6)

export const countries: PanelOf = () =>
  barGauge(
    { title: 'By home country', description: 'Alerts by where the customers live.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.countries),
  ).span(6)

export const sizes: PanelOf = () =>
  columns({ title: 'By amount', description: 'Alerts by amount_usd.', unit: 'short' }, sqlTable(SQL.sizes)).span(6)

export const latest: PanelOf = () =>
  table(
    {
      title: 'Latest alerts',
      description: 'With the numbers that the rule compared. The customer and the transaction are links.',
      unit: 'short',
    },
    sqlTable(SQL.latest),
  )
    .span(24)
    .height(10)
    .overrideByName('fraud_score', inUnit('percentunit'))
    .overrideByName('amount_usd', inUnit('currencyUSD'))
    .overrideByName('country', countryLinks)
    .overrideByName('customer_id', customerLinks)
    .overrideByName('transaction_id', transactionLinks)

export const topCustomers: PanelOf = () =>
  table(
    { title: 'Customers with most alerts', description: 'Where to begin.', unit: 'short' },
    sqlTable(SQL.topCustomers),
  )
    .overrideByName('amount', inUnit('currencyUSD'))
    .overrideByName('highest_score', inUnit('percentunit'))
    .overrideByName('country', countryLinks)
    .overrideByName('customer_id', customerLinks)

export const latestAnomalies: PanelOf = () =>
  table(
    { title: 'Latest anomalies', description: 'With what is unusual about them.', unit: 'short' },
    sqlTable(SQL.latestAnomalies),
  )
    .overrideByName('customer_id', customerLinks)
    .overrideByName('transaction_id', transactionLinks)

export const cases: PanelOf = () =>
  table(
    {
      title: 'Cases',
      description: "Alerts that the platform's own systems raised (table fraud_alerts), by kind and severity.",
      unit: 'short',
    },
    sqlTable(SQL.cases),
  ).overrideByName('confidence', inUnit('percentunit'))

export const live: PanelOf = () =>
  table(
    {
      title: 'Anomalies as they come',
      description:
        'Straight from Kafka, before they are in Postgres. Needs the Kafka data source plugin, which Grafana downloads ' +
        'at its first start; without it this panel alone stays empty.',
      unit: 'short',
    },
    kafkaTopic('fintech.analytics.anomaly_detection'),
  )
