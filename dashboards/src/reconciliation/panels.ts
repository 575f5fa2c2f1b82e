import { sqlTable } from '../datasources.ts'
import { badFrom, bars, columns, goodFrom, inUnit, type PanelOf, PLAIN, stat, table, warnFrom } from '../panels.ts'
import { SQL } from './queries.ts'

const DAY_S = 86_400

export const settled: PanelOf = () =>
  stat(
    {
      title: 'Settled',
      description: 'Entries that are on both sides as they should be, of the last 30 days.',
      unit: 'percentunit',
    },
    goodFrom(0.95),
    sqlTable(SQL.settled),
  ).decimals(2)

export const breaks: PanelOf = () =>
  stat(
    { title: 'Breaks', description: 'Entries to work through, of the last 30 days.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.breaks),
  )

export const lastRun: PanelOf = () =>
  stat(
    {
      title: 'Last night',
      description: 'How long ago a day was published. One is, each night; a failure leaves the indexes as they were.',
      unit: 's',
    },
    warnFrom(1.5 * DAY_S, 2.5 * DAY_S),
    sqlTable(SQL.lastRun),
  )

export const failures: PanelOf = () =>
  stat(
    { title: 'Failed nights', description: 'Runs that failed, of the last 7 days.', unit: 'short' },
    badFrom(1),
    sqlTable(SQL.failures),
  )

export const toBePaid: PanelOf = () =>
  stat(
    { title: 'To be paid', description: 'Net of all payouts from today on.', unit: 'currencyUSD' },
    PLAIN,
    sqlTable(SQL.toBePaid),
  )

export const held: PanelOf = () =>
  stat(
    {
      title: 'Held',
      description: 'Days of merchants on which more went back than was sold: to be set off against their next ones.',
      unit: 'short',
    },
    PLAIN,
    sqlTable(SQL.held),
  )

export const breaksByDay: PanelOf = () =>
  columns(
    { title: 'Breaks by day', description: 'By business day, the last 30.', unit: 'short' },
    sqlTable(SQL.breaksByDay),
  ).span(12)

export const breaksByBank: PanelOf = () =>
  bars(
    { title: 'Breaks by bank', description: 'Of the last 30 days.', unit: 'short' },
    sqlTable(SQL.breaksByBank),
  ).span(12)

export const byDayAndBank: PanelOf = () =>
  table(
    {
      title: 'By day, bank and currency',
      description: 'A difference is theirs minus ours. Ours and theirs add up to both sides, to the cent.',
      unit: 'short',
    },
    sqlTable(SQL.byDayAndBank),
  ).span(24)

export const aging: PanelOf = () =>
  table(
    { title: 'Aging', description: 'Breaks by the days since their business day.', unit: 'short' },
    sqlTable(SQL.aging),
  )

export const payouts: PanelOf = () =>
  table(
    {
      title: 'Payouts to come',
      description: 'US dollars by the day on which merchants are paid.',
      unit: 'currencyUSD',
    },
    sqlTable(SQL.payouts),
  )
    .overrideByName('merchants', inUnit('short'))
    .overrideByName('held', inUnit('short'))

export const largest: PanelOf = () =>
  table(
    {
      title: 'Largest breaks',
      description: 'The fifty with the largest differences of the last 30 days, in their own currencies.',
      unit: 'short',
    },
    sqlTable(SQL.largest),
  ).span(24)

export const anomalous: PanelOf = () =>
  table(
    {
      title: 'Merchants out of the ordinary',
      description: 'High refund or chargeback rates, or far more volume than on the days before.',
      unit: 'percentunit',
    },
    sqlTable(SQL.anomalous),
  )
    .overrideByName('volume', inUnit('currencyUSD'))
    .span(24)
