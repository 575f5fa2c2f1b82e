import { sqlSeries, sqlTable } from '../datasources.ts'
import { countryLinks, customerLinks, transactionLinks } from '../links.ts'
import { bars, countryMap, inUnit, type PanelOf, pie, PLAIN, stacked, stat, table, warnFrom } from '../panels.ts'
import { SQL } from './queries.ts'

export const countries: PanelOf = () =>
  stat({ title: 'Countries', description: 'With a transaction.', unit: 'short' }, PLAIN, sqlTable(SQL.countries))

export const cities: PanelOf = () =>
  stat({ title: 'Cities', description: 'With a transaction.', unit: 'short' }, PLAIN, sqlTable(SQL.cities))

export const transactions: PanelOf = () =>
  stat(
    { title: 'Transactions', description: 'Those that say where they happened.', unit: 'short' },
    PLAIN,
    sqlTable(SQL.transactions),
  )

export const amount: PanelOf = () =>
  stat({ title: 'Amount', description: 'Sum of amount_usd.', unit: 'currencyUSD' }, PLAIN, sqlTable(SQL.amount))

export const largest: PanelOf = () =>
  stat(
    { title: 'Largest country', description: 'Its share of the amount of the countries chosen.', unit: 'percentunit' },
    warnFrom(0.6, 0.8),
    sqlTable(SQL.largest),
  ).decimals(1)

export const abroad: PanelOf = () =>
  stat(
    {
      title: 'Alerts abroad',
      description: 'Alerts because a customer was never in the country before. Of every country.',
      unit: 'short',
    },
    PLAIN,
    sqlTable(SQL.abroad),
  )

export const map: PanelOf = () =>
  countryMap(
    { title: 'Where', description: 'A circle for each country, as large as its transactions.', unit: 'short' },
    'transactions',
    sqlTable(SQL.map),
  ).overrideByName('amount', inUnit('currencyUSD'))

export const byCountry: PanelOf = () =>
  table({ title: 'Countries in numbers', description: 'The largest amount first.', unit: 'short' }, sqlTable(SQL.table))
    .height(16)
    .overrideByRegexp('amount|average', inUnit('currencyUSD'))
    .overrideByName('share', inUnit('percentunit'))
    .overrideByName('country', countryLinks)

export const transactionsByCountry: PanelOf = () =>
  stacked(
    { title: 'Transactions a minute', description: 'By country.', unit: 'short' },
    sqlSeries(SQL.transactionsByCountry),
  ).span(12)

export const amountByCountry: PanelOf = () =>
  stacked(
    { title: 'Amount a minute', description: 'Sum of amount_usd by country.', unit: 'currencyUSD' },
    sqlSeries(SQL.amountByCountry),
  ).span(12)

export const topCities: PanelOf = () =>
  bars({ title: 'Largest cities', description: 'By amount.', unit: 'currencyUSD' }, sqlTable(SQL.topCities)).span(6)

export const averageByCity: PanelOf = () =>
  bars(
    { title: 'Average transaction by city', description: 'The highest first.', unit: 'currencyUSD' },
    sqlTable(SQL.averageByCity),
  ).span(6)

export const categories: PanelOf = () =>
  bars(
    { title: 'What is bought there', description: "Transactions by the merchant's category.", unit: 'short' },
    sqlTable(SQL.categories),
  ).span(6)

export const currencies: PanelOf = () =>
  pie(
    { title: 'Currencies', description: 'Transactions by the currency of the payment.', unit: 'short' },
    sqlTable(SQL.currencies),
  ).span(6)

export const abroadByCountry: PanelOf = () =>
  bars(
    {
      title: 'Alerts abroad by country',
      description: 'Where customers were seen for the first time. Of every country.',
      unit: 'short',
    },
    sqlTable(SQL.abroadByCountry),
  )
    .span(12)
    .overrideByName('amount', [...inUnit('currencyUSD'), { id: 'custom.axisPlacement', value: 'right' }])

export const abroadLatest: PanelOf = () =>
  table(
    { title: 'Latest alerts abroad', description: 'From home to where. Of every country.', unit: 'currencyUSD' },
    sqlTable(SQL.abroadLatest),
  )
    .overrideByName('country', countryLinks)
    .overrideByName('customer_id', customerLinks)
    .overrideByName('transaction_id', transactionLinks)
