import { minutes, RESULTS } from '@fintech-streams/contracts'
import { type AmountDistribution, type Distribution, tumbling } from '@fintech-streams/engine'
import { countBy, defineWindowJob, sumBy } from './window-job.ts'

/** Where money goes that is spent at no merchant, or at one without a category. */
const NO_CATEGORY = 'NONE'

/** How each customer spends: through which channels, on what, and how steadily from one place and one device. */
export const customerBehavior = defineWindowJob({
  id: 'customer_behavior',
  result: RESULTS.customer_behavior,
  window: tumbling(minutes(15)),
  key: (tx) => tx.customerId,
  aggregate: {
    channels: countBy('channel'),
    spending: sumBy((tx) => tx.merchantCategory ?? NO_CATEGORY, 'amountUsdMinor'),
    cities: countBy('city'),
    devices: countBy('deviceFingerprint'),
  },
  finish: ({ channels, spending, cities, devices }) => ({
    channel_usage: channels,
    spending_by_category: spending,
    location_consistency: consistency(cities),
    device_consistency: consistency(devices),
    spending_pattern: concentration(spending),
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
