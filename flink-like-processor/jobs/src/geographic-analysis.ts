import { addMinor, formatMinor, minutes, RESULTS, ZERO_MINOR } from '@fintech-streams/contracts'
import { AmountDistribution, Distribution, tumbling } from '@fintech-streams/engine'
import { defineWindowJob } from './window-job.ts'

/** What happens in each country: in which cities, at what kind of merchants, in which currencies. */
export const geographicAnalysis = defineWindowJob({
  id: 'geographic_analysis',
  result: RESULTS.geographic_analysis,
  window: tumbling(minutes(5)),
  key: (tx) => tx.country,
  aggregate: {
    create: () => ({
      totalMinor: ZERO_MINOR,
      cities: new Distribution(),
      spending: new AmountDistribution(),
      categories: new Distribution(),
      currencies: new Distribution(),
    }),
    add: (acc, tx) => {
      acc.totalMinor = addMinor(acc.totalMinor, tx.amountUsdMinor)
      if (tx.city !== undefined) {
        acc.cities.increment(tx.city)
        acc.spending.add(tx.city, tx.amountUsdMinor)
      }
      if (tx.merchantCategory !== undefined) acc.categories.increment(tx.merchantCategory)
      if (tx.currency !== undefined) acc.currencies.increment(tx.currency)
    },
    merge: (into, from) => {
      into.totalMinor = addMinor(into.totalMinor, from.totalMinor)
      into.cities.merge(from.cities)
      into.spending.merge(from.spending)
      into.categories.merge(from.categories)
      into.currencies.merge(from.currencies)
    },
  },
  finish: (acc) => ({
    total_amount: formatMinor(acc.totalMinor),
    city_distribution: acc.cities,
    spending_by_city: acc.spending,
    merchant_distribution: acc.categories,
    currencies: acc.currencies,
  }),
})
