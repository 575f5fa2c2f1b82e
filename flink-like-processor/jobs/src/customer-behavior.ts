import { minutes, RESULTS } from '@fintech-streams/contracts'
import { AmountDistribution, Distribution, tumbling } from '@fintech-streams/engine'
import { defineWindowJob } from './window-job.ts'

/** Where money goes that is spent at no merchant, or at one without a category. */
const NO_CATEGORY = 'NONE'

/** How each customer spends: through which channels, on what, and how steadily from one place and one device. */
export const customerBehavior = defineWindowJob({
  id: 'customer_behavior',
  result: RESULTS.customer_behavior,
  window: tumbling(minutes(15)),
  key: (tx) => tx.customerId,
  aggregate: {
    create: () => ({
      channels: new Distribution(),
      spending: new AmountDistribution(),
      cities: new Distribution(),
      devices: new Distribution(),
    }),
    add: (acc, tx) => {
      if (tx.channel !== undefined) acc.channels.increment(tx.channel)
      acc.spending.add(tx.merchantCategory ?? NO_CATEGORY, tx.amountUsdMinor)
      if (tx.city !== undefined) acc.cities.increment(tx.city)
      if (tx.deviceFingerprint !== undefined) acc.devices.increment(tx.deviceFingerprint)
    },
    merge: (into, from) => {
      into.channels.merge(from.channels)
      into.spending.merge(from.spending)
      into.cities.merge(from.cities)
      into.devices.merge(from.devices)
    },
  },
  finish: (acc) => ({
    channel_usage: acc.channels,
    spending_by_category: acc.spending,
    location_consistency: consistency(acc.cities),
    device_consistency: consistency(acc.devices),
    spending_pattern: concentration(acc.spending),
  }),
})

/** The share of the most frequent value, 0 when there is none. */
function consistency(values: Distribution): number {
  const total = values.total()
  return total === 0 ? 0 : values.largest() / total
}

/** The Herfindahl index of the amounts: the sum of their squared shares, 0 when nothing was spent. */
function concentration(amounts: AmountDistribution): number {
  const total = Number(amounts.total())
  if (total === 0) return 0
  let squares = 0
  amounts.forEach((_category, amountMinor) => (squares += (Number(amountMinor) / total) ** 2))
  return squares
}
