import { newest, overTime, per, ranked, share, total } from '../select.ts'
import { ALERTS, CITIES, COUNTRIES, CURRENCIES, SHOPPING } from '../sources.ts'

const CHOSEN = 'country in (${country:sqlstring})'
const countries = { from: COUNTRIES, where: CHOSEN } as const
const cities = { from: CITIES, where: CHOSEN } as const
/** Alerts of a customer in a country that is new for it. */
const abroad = { from: ALERTS, where: "verdict = 'LOCATION_ANOMALY'" } as const
const THERE = "evidence ->> 'country'"

export const SQL = {
  countries: total({ ...countries, values: { countries: 'count(distinct country)' } }),
  cities: total({ ...cities, values: { cities: 'count(distinct (country, city))' } }),
  transactions: total({ ...countries, values: { transactions: 'sum(transactions)' } }),
  amount: total({ ...countries, values: { amount: 'sum(amount)' } }),
  largest: `
with ${COUNTRIES.cte},
each as (select country, sum(amount) as amount from countries where ${CHOSEN} group by country)
select ${share('max(amount)', 'sum(amount)')} as share from each`,
  abroad: total({ ...abroad, values: { alerts: 'count(*)' } }),

  map: ranked({
    ...countries,
    by: 'country',
    values: { transactions: 'sum(transactions)', amount: 'sum(amount)' },
    order: '2 desc',
    limit: 250,
  }),
  table: ranked({
    ...countries,
    by: 'country',
    values: {
      transactions: 'sum(transactions)',
      amount: 'sum(amount)',
      average: 'sum(amount) / nullif(sum(transactions), 0)',
      share: share('sum(amount)', 'sum(sum(amount)) over ()'),
    },
    order: '3 desc',
    limit: 250,
  }),

  transactionsByCountry: overTime({
    ...countries,
    by: 'country',
    values: { transactions: per('minute', COUNTRIES, 'sum(transactions)') },
  }),
  amountByCountry: overTime({
    ...countries,
    by: 'country',
    values: { amount: per('minute', COUNTRIES, 'sum(amount)') },
  }),

  topCities: ranked({
    ...cities,
    by: { place: "city || ', ' || country" },
    values: { amount: 'sum(amount)' },
    order: '2 desc',
    limit: 12,
  }),
  averageByCity: ranked({
    ...cities,
    by: { place: "city || ', ' || country" },
    values: { average: 'sum(amount) / nullif(sum(transactions), 0)' },
    order: '2 desc',
    limit: 12,
  }),
  categories: ranked({
    from: SHOPPING,
    where: CHOSEN,
    by: 'category',
    values: { transactions: 'sum(transactions)' },
    order: '2 desc',
    limit: 12,
  }),
  currencies: ranked({
    from: CURRENCIES,
    where: CHOSEN,
    by: 'currency',
    values: { transactions: 'sum(transactions)' },
    order: '2 desc',
    limit: 10,
  }),

  abroadByCountry: ranked({
    ...abroad,
    by: { country: THERE },
    values: { alerts: 'count(*)', amount: 'sum(amount_usd)' },
    order: '2 desc',
    limit: 15,
  }),
  abroadLatest: newest({
    ...abroad,
    values: {
      home: 'country',
      country: THERE,
      amount_usd: 'amount_usd',
      customer_id: 'customer_id::text',
      transaction_id: 'transaction_id::text',
    },
    limit: 50,
  }),
} as const
