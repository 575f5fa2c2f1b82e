import { overTime, per, ranked, share, total } from '../select.ts'
import { BEHAVIOR, CATEGORIES, HOURS, SPENDING } from '../sources.ts'

const CHOSEN = 'tier in (${tier:sqlstring}) and country in (${country:sqlstring})'
const spending = { from: SPENDING, where: CHOSEN } as const
const behavior = { from: BEHAVIOR, where: CHOSEN } as const
const CHANNELS = ['mobile', 'web', 'atm', 'pos', 'branch'] as const

export const SQL = {
  customers: total({ ...spending, values: { customers: 'count(distinct customer_id)' } }),
  spent: total({
    ...spending,
    values: { amount: 'sum(amount) / nullif(count(distinct customer_id), 0)' },
  }),
  transactions: total({
    ...spending,
    values: { transactions: share('sum(transactions)', 'count(distinct customer_id)') },
  }),
  average: total({ ...spending, values: { average: 'sum(amount) / nullif(sum(transactions), 0)' } }),
  fees: total({ ...spending, values: { fees: share('sum(fees)', 'sum(amount)') } }),
  digital: total({ ...behavior, values: { share: share('sum(mobile + web)', 'sum(transactions)') } }),

  amountByTier: overTime({ ...spending, by: 'tier', values: { amount: per('hour', SPENDING, 'sum(amount)') } }),
  averageByTier: overTime({
    ...spending,
    by: 'tier',
    values: { average: 'sum(amount) / nullif(sum(transactions), 0)' },
  }),
  activeByHour: overTime({ from: HOURS, values: { customers: 'max(active_customers)' } }),

  channels: overTime({
    ...behavior,
    values: Object.fromEntries(CHANNELS.map((channel) => [channel, share(`sum(${channel})`, 'sum(transactions)')])),
  }),
  channelByTier: ranked({
    ...behavior,
    by: 'tier',
    values: Object.fromEntries(CHANNELS.map((channel) => [channel, share(`sum(${channel})`, 'sum(transactions)')])),
    order: '1',
    limit: 4,
  }),
  categories: ranked({
    from: CATEGORIES,
    where: "category <> 'NONE'",
    by: 'category',
    values: { amount: 'sum(amount)' },
    order: '2 desc',
    limit: 15,
  }),

  consistency: overTime({
    ...behavior,
    values: {
      place: share('sum(location_consistency)', 'sum(windows)'),
      device: share('sum(device_consistency)', 'sum(windows)'),
    },
  }),
  concentration: overTime({
    ...behavior,
    by: 'tier',
    values: { concentration: share('sum(spending_pattern)', 'sum(windows)') },
  }),
  tiers: ranked({
    ...spending,
    by: 'tier',
    values: {
      customers: 'count(distinct customer_id)',
      transactions: 'sum(transactions)',
      amount: 'sum(amount)',
      per_customer: 'sum(amount) / nullif(count(distinct customer_id), 0)',
      average: 'sum(amount) / nullif(sum(transactions), 0)',
      fees: 'sum(fees)',
    },
    order: '4 desc',
    limit: 4,
  }),

  amountShares: ranked({ ...spending, by: 'tier', values: { amount: 'sum(amount)' }, order: '2 desc', limit: 4 }),
  homes: ranked({
    ...spending,
    by: 'country',
    values: { amount: 'sum(amount) / nullif(count(distinct customer_id), 0)' },
    order: '2 desc',
    limit: 15,
  }),

  topCustomers: ranked({
    ...spending,
    by: { customer_id: 'customer_id::text', tier: 'tier', country: 'country' },
    values: {
      amount: 'sum(amount)',
      transactions: 'sum(transactions)',
      average: 'sum(amount) / nullif(sum(transactions), 0)',
      fees: 'sum(fees)',
      latest: 'max(latest)',
    },
    order: '4 desc',
    limit: 50,
  }),
} as const
