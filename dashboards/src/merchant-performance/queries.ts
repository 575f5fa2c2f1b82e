import { overTime, per, ranked, share, total } from '../select.ts'
import { SALES, TICKETS, VOLUME } from '../sources.ts'

const CHOSEN =
  'category in (${category:sqlstring}) and country in (${country:sqlstring}) and risk_level in (${risk_level:sqlstring})'
const sales = { from: SALES, where: CHOSEN } as const
const REVENUE_EACH = 'sum(revenue) / nullif(sum(transactions), 0)'
const RETENTION = share('sum(retention)', 'sum(windows)')

export const SQL = {
  revenue: total({ ...sales, values: { revenue: 'sum(revenue)' } }),
  transactions: total({ ...sales, values: { transactions: 'sum(transactions)' } }),
  merchants: total({ ...sales, values: { merchants: 'count(distinct merchant_id)' } }),
  average: total({ ...sales, values: { average: REVENUE_EACH } }),
  retention: total({ ...sales, values: { retention: RETENTION } }),
  reversals: total({
    from: VOLUME,
    values: {
      rate: share(
        "sum(transactions) filter (where transaction_type in ('REFUND', 'CHARGEBACK'))",
        "sum(transactions) filter (where transaction_type in ('PURCHASE', 'PAYMENT'))",
      ),
    },
  }),

  revenueByCategory: overTime({ ...sales, by: 'category', values: { revenue: per('hour', SALES, 'sum(revenue)') } }),
  transactionsByCategory: overTime({
    ...sales,
    by: 'category',
    values: { transactions: per('hour', SALES, 'sum(transactions)') },
  }),
  retentionByCategory: overTime({ ...sales, by: 'category', values: { retention: RETENTION } }),

  top: ranked({ ...sales, by: 'merchant', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 12 }),
  categories: ranked({ ...sales, by: 'category', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 15 }),
  levels: ranked({ ...sales, by: 'risk_level', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 4 }),

  tickets: ranked({
    from: TICKETS,
    where: CHOSEN,
    by: 'size',
    values: { amount: 'sum(amount)' },
    order: "split_part(split_part(size, '-', 1), '+', 1)::integer",
    limit: 5,
  }),
  countries: ranked({ ...sales, by: 'country', values: { revenue: 'sum(revenue)' }, order: '2 desc', limit: 15 }),
  concentration: `
with ${SALES.cte},
each as (select merchant_id, sum(revenue) as revenue from sales where ${CHOSEN} group by merchant_id),
placed as (select revenue, row_number() over (order by revenue desc) as place from each)
select ${share('sum(revenue) filter (where place <= 5)', 'sum(revenue)')} as share from placed`,
  reversalsOverTime: overTime({
    from: VOLUME,
    by: 'transaction_type',
    where: "transaction_type in ('REFUND', 'CHARGEBACK')",
    values: { amount: per('hour', VOLUME, 'sum(amount)') },
  }),

  table: ranked({
    ...sales,
    by: { merchant: 'merchant', category: 'category', country: 'country', risk_level: 'risk_level' },
    values: {
      revenue: 'sum(revenue)',
      transactions: 'sum(transactions)',
      average: REVENUE_EACH,
      customers: share('sum(customers)', 'sum(windows)'),
      retention: RETENTION,
      latest: 'max(latest)',
    },
    order: '5 desc',
    limit: 100,
  }),
} as const
