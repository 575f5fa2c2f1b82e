import { minutes, RESULTS } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { countBy, defineWindowJob, sum, sumBy } from './window-job.ts'

/** What happens in each country: in which cities, at what kind of merchants, in which currencies. */
export const geographicAnalysis = defineWindowJob({
  id: 'geographic_analysis',
  result: RESULTS.geographic_analysis,
  window: tumbling(minutes(5)),
  key: (tx) => tx.country,
  aggregate: {
    totalMinor: sum('amountUsdMinor'),
    cities: countBy('city'),
    spending: sumBy('city', 'amountUsdMinor'),
    categories: countBy('merchantCategory'),
    currencies: countBy('currency'),
  },
  finish: ({ totalMinor, cities, spending, categories, currencies }) => ({
    total_amount: totalMinor,
    city_distribution: cities,
    spending_by_city: spending,
    merchant_distribution: categories,
    currencies,
  }),
})
