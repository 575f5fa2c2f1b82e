import { type DashboardValue, fraudAlerts } from '../dashboard.ts'
import { countryLinks, customerLinks, transactionLinks } from '../links.ts'
import { warnFrom } from '../panel.ts'
import { AVERAGE, newest, per, ranked, share, sumsOverTime, total } from '../select.ts'
import { ALERTS, CITIES, COUNTRIES, CURRENCIES, SHOPPING } from '../sources.ts'
import { consoleAddress, visitedCountry } from '../variables.ts'

const CHOSEN = 'country in (${country:sqlstring})'
const countries = { from: COUNTRIES, where: CHOSEN } as const
const cities = { from: CITIES, where: CHOSEN } as const

/** Alerts of a customer in a country that is new for it. */
const abroad = { from: ALERTS, where: "verdict = 'LOCATION_ANOMALY'" } as const
const THERE = "evidence ->> 'country'"

/** Where transactions happen, and where they should not. */
export const geographicAnalysis: DashboardValue = {
  uid: 'geographic-analysis',
  title: 'Geographic Analysis',
  description: 'Where transactions happen, and where they should not.',
  variables: [visitedCountry, consoleAddress],
  annotations: [fraudAlerts],
  rows: {
    Totals: [
      {
        kind: 'stat',
        title: 'Countries',
        description: 'With a transaction.',
        sql: total({ ...countries, values: { countries: 'count(distinct country)' } }),
      },
      {
        kind: 'stat',
        title: 'Cities',
        description: 'With a transaction.',
        sql: total({ ...cities, values: { cities: 'count(distinct (country, city))' } }),
      },
      {
        kind: 'stat',
        title: 'Transactions',
        description: 'Those that say where they happened.',
        sql: total({ ...countries, values: { transactions: 'sum(transactions)' } }),
      },
      {
        kind: 'stat',
        title: 'Amount',
        description: 'Sum of amount_usd.',
        unit: 'currencyUSD',
        sql: total({ ...countries, values: { amount: 'sum(amount)' } }),
      },
      {
        kind: 'stat',
        title: 'Largest country',
        description: 'Its share of the amount of the countries chosen.',
        unit: 'percentunit',
        thresholds: warnFrom(0.6, 0.8),
        decimals: 1,
        sql: `
with ${COUNTRIES.cte},
each as (select country, sum(amount) as amount from countries where ${CHOSEN} group by country)
select ${share('max(amount)', 'sum(amount)')} as share from each`,
      },
      {
        kind: 'stat',
        title: 'Alerts abroad',
        description: 'Alerts because a customer was never in the country before. Of every country.',
        sql: total({ ...abroad, values: { alerts: 'count(*)' } }),
      },
    ],
    Map: [
      {
        kind: 'countryMap',
        title: 'Where',
        description: 'A circle for each country, as large as its transactions.',
        sizedBy: 'transactions',
        columns: { amount: 'currencyUSD' },
        sql: ranked({
          ...countries,
          by: 'country',
          values: { transactions: 'sum(transactions)', amount: 'sum(amount)' },
          order: '2 desc',
          limit: 250,
        }),
      },
      {
        kind: 'table',
        title: 'Countries in numbers',
        description: 'The largest amount first.',
        height: 16,
        columns: { 'amount|average': 'currencyUSD', share: 'percentunit', country: countryLinks },
        sql: ranked({
          ...countries,
          by: 'country',
          values: `sum(transactions) as transactions, sum(amount) as amount, ${AVERAGE} as average,
            ${share('sum(amount)', 'sum(sum(amount)) over ()')} as share`,
          order: '3 desc',
          limit: 250,
        }),
      },
    ],
    'Over time': [
      {
        kind: 'stacked',
        title: 'Transactions a minute',
        description: 'By country.',
        span: 12,
        sql: sumsOverTime({
          ...countries,
          by: 'country',
          values: { transactions: per('minute', COUNTRIES, 'sum(transactions)') },
        }),
      },
      {
        kind: 'stacked',
        title: 'Amount a minute',
        description: 'Sum of amount_usd by country.',
        unit: 'currencyUSD',
        span: 12,
        sql: sumsOverTime({ ...countries, by: 'country', values: { amount: per('minute', COUNTRIES, 'sum(amount)') } }),
      },
    ],
    There: [
      {
        kind: 'bars',
        title: 'Largest cities',
        description: 'By amount.',
        unit: 'currencyUSD',
        span: 6,
        sql: ranked({
          ...cities,
          by: { place: "city || ', ' || country" },
          values: { amount: 'sum(amount)' },
          order: '2 desc',
          limit: 12,
        }),
      },
      {
        kind: 'bars',
        title: 'Average transaction by city',
        description: 'The highest first.',
        unit: 'currencyUSD',
        span: 6,
        sql: ranked({
          ...cities,
          by: { place: "city || ', ' || country" },
          values: { average: AVERAGE },
          order: '2 desc',
          limit: 12,
        }),
      },
      {
        kind: 'bars',
        title: 'What is bought there',
        description: "Transactions by the merchant's category.",
        span: 6,
        sql: ranked({
          from: SHOPPING,
          where: CHOSEN,
          by: 'category',
          values: { transactions: 'sum(transactions)' },
          order: '2 desc',
          limit: 12,
        }),
      },
      {
        kind: 'pie',
        title: 'Currencies',
        description: 'Transactions by the currency of the payment.',
        span: 6,
        sql: ranked({
          from: CURRENCIES,
          where: CHOSEN,
          by: 'currency',
          values: { transactions: 'sum(transactions)' },
          order: '2 desc',
          limit: 10,
        }),
      },
    ],
    Abroad: [
      {
        kind: 'bars',
        title: 'Alerts abroad by country',
        description: 'Where customers were seen for the first time. Of every country.',
        span: 12,
        sql: ranked({
          ...abroad,
          by: { country: THERE },
          values: { alerts: 'count(*)' },
          order: '2 desc',
          limit: 15,
        }),
      },
      {
        kind: 'table',
        title: 'Latest alerts abroad',
        description: 'From home to where. Of every country.',
        unit: 'currencyUSD',
        columns: { country: countryLinks, customer_id: customerLinks, transaction_id: transactionLinks },
        sql: newest({
          ...abroad,
          values: `country as home, ${THERE} as country, amount_usd, customer_id::text, transaction_id::text`,
          limit: 50,
        }),
      },
    ],
  },
}
