import { ScaleDistribution, ScaleDistributionConfigBuilder } from '@grafana/grafana-foundation-sdk/common'
import { sqlSeries, sqlTable } from '../datasources.ts'
import { countryLinks, customerLinks } from '../links.ts'
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
  warnFrom,
} from '../panels.ts'
import { SQL } from './queries.ts'

const SCORE = 'From 0 to 100, of windows of ten minutes.'

export const score: PanelOf = () =>
  stat(
    { title: 'Mean risk score', description: `${SCORE} Mean of customers and windows.`, unit: 'short' },
    warnFrom(25, 50),
    sqlTable(SQL.score),
  ).decimals(1)

export const highest: PanelOf = () =>
  stat(
    { title: 'Highest risk score', description: SCORE, unit: 'short' },
    warnFrom(50, 75),
    sqlTable(SQL.highest),
  ).decimals(1)

export const exposure: PanelOf = () =>
  stat(
    { title: 'Exposure', description: 'Sum of amount_usd in the range shown.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.exposure),
  )

export const highRisk: PanelOf = () =>
  stat(
    { title: 'High-risk transactions', description: 'Of risk level HIGH or CRITICAL.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.highRisk),
  )

export const compliance: PanelOf = () =>
  stat(
    {
      title: 'Mean compliance score',
      description: 'From 0 to 1, of windows of half an hour: 1 less the weights of the flags by transaction.',
      unit: 'percentunit',
    },
    goodFrom(0.9),
    sqlTable(SQL.compliance),
  ).decimals(2)

export const reviews: PanelOf = () =>
  stat(
    {
      title: 'Reviews required',
      description: 'Windows of customers whose compliance score is below 0.7.',
      unit: 'short',
    },
    badFrom(1),
    sqlTable(SQL.reviews),
  )

export const scoreByTier: PanelOf = () =>
  timeSeries(
    { title: 'Risk score by tier', description: `${SCORE} Mean of customers.`, unit: 'short' },
    sqlSeries(SQL.scoreByTier),
  )

export const highestOverTime: PanelOf = () =>
  timeSeries(
    { title: 'Highest risk score by tier', description: `${SCORE} Of any customer.`, unit: 'short' },
    sqlSeries(SQL.highestOverTime),
  ).max(100)

export const exposureByTier: PanelOf = () =>
  stacked(
    { title: 'Exposure an hour', description: 'Sum of amount_usd by tier.', unit: 'currencyUSD' },
    sqlSeries(SQL.exposureByTier),
  )

export const levels: PanelOf = () =>
  timeSeries(
    {
      title: 'Risk levels an hour',
      description: 'Transactions by their own risk level; of every tier. The scale is logarithmic: LOW is nearly all.',
      unit: 'short',
    },
    sqlSeries(SQL.levels),
  )
    .min(1)
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10))

export const levelShares: PanelOf = () =>
  pie({ title: 'Risk levels', description: 'Of every tier.', unit: 'short' }, sqlTable(SQL.levelShares))

export const factors: PanelOf = () =>
  timeSeries(
    { title: 'Risk factors', description: 'Share of transactions that have each.', unit: 'percentunit' },
    sqlSeries(SQL.factors),
  )

export const complianceByTier: PanelOf = () =>
  timeSeries(
    {
      title: 'Compliance score by tier',
      description: 'Mean of customers in windows of half an hour.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.complianceByTier),
  ).max(1)

export const lowest: PanelOf = () =>
  timeSeries(
    {
      title: 'Lowest compliance score by tier',
      description: 'Of any customer in half an hour. Below 0.7 a review is required.',
      unit: 'percentunit',
    },
    sqlSeries(SQL.lowest),
  ).max(1)

export const flags: PanelOf = () =>
  stacked(
    { title: 'Compliance flags an hour', description: 'A transaction may have several.', unit: 'short' },
    sqlSeries(SQL.flags),
  )

export const scores: PanelOf = () =>
  columns(
    {
      title: 'Customers by highest score',
      description: 'How many customers reached each band in some window: one may be in several.',
      unit: 'short',
    },
    sqlTable(SQL.scores),
  )

export const rates: PanelOf = () =>
  bars(
    { title: 'Flagged transactions by tier', description: 'Share with a compliance flag.', unit: 'percentunit' },
    sqlTable(SQL.rates),
  )

export const flagged: PanelOf = () =>
  bars(
    { title: 'Flagged amount by tier', description: 'Each flagged transaction once.', unit: 'currencyUSD' },
    sqlTable(SQL.flagged),
  )

export const riskiest: PanelOf = () =>
  table(
    { title: 'Riskiest customers', description: 'By mean risk score in the range shown.', unit: 'short' },
    sqlTable(SQL.riskiest),
  )
    .height(10)
    .overrideByName('exposure', inUnit('currencyUSD'))
    .overrideByName('country', countryLinks)
    .overrideByName('customer_id', customerLinks)

export const leastCompliant: PanelOf = () =>
  table(
    {
      title: 'Least compliant customers',
      description: 'By lowest compliance score in the range shown.',
      unit: 'short',
    },
    sqlTable(SQL.leastCompliant),
  )
    .height(10)
    .overrideByName('lowest_score', inUnit('percentunit'))
    .overrideByName('flagged_amount', inUnit('currencyUSD'))
    .overrideByName('country', countryLinks)
    .overrideByName('customer_id', customerLinks)
