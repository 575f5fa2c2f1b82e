const TOTALS = 'reconciliation.reconciliation_totals'
const SETTLED = "status in ('MATCHED', 'SPLIT', 'BATCHED')"
/** Results are of days: the range on the clock that dashboards have says nothing about them. */
const RECENT = 'business_date > current_date - 30'
const COMING = 'payout_date >= current_date and business_date > current_date - 10'

const BREAKS = [
  'MISSING_EXTERNAL',
  'MISSING_INTERNAL',
  'AMOUNT_MISMATCH',
  'DUPLICATE_EXTERNAL',
  'LATE_SETTLEMENT',
] as const

/** A column for each kind of break. */
const breakColumns = BREAKS.map(
  (status) => `coalesce(sum(entry_count) filter (where status = '${status}'), 0) as ${status.toLowerCase()}`,
).join(',\n  ')

export const SQL = {
  settled: `
select coalesce(sum(entry_count) filter (where ${SETTLED}), 0)::float8 / nullif(sum(entry_count), 0) as share
from ${TOTALS} where ${RECENT}`,

  breaks: `select coalesce(sum(entry_count), 0) as breaks from ${TOTALS} where not ${SETTLED} and ${RECENT}`,

  lastRun: `
select extract(epoch from now() - max(published_at))::float8 as age from reconciliation.runs`,

  failures: `
select count(*) as failures from reconciliation.failures where failed_at > now() - interval '7 days'`,

  toBePaid: `
select coalesce(sum(net_usd), 0) as net from reconciliation.settlement_index
where payout_status = 'SCHEDULED' and ${COMING}`,

  held: `
select count(*) as held from reconciliation.settlement_index where payout_status = 'HELD' and ${COMING}`,

  breaksByDay: `
select business_date::text as day,
  ${breakColumns}
from ${TOTALS} where ${RECENT}
group by business_date order by business_date`,

  breaksByBank: `
select bank_id as bank,
  ${breakColumns}
from ${TOTALS} where ${RECENT}
group by bank_id order by bank_id`,

  byDayAndBank: `
select business_date as day, bank_id as bank, currency, sum(entry_count) as entries,
  sum(entry_count) filter (where ${SETTLED}) as settled,
  ${breakColumns},
  sum(internal_amount) as ours, sum(external_amount) as theirs, sum(difference) as difference
from ${TOTALS} where ${RECENT}
group by 1, 2, 3 order by 1 desc, 2, 3`,

  aging: `
select status as break,
  coalesce(sum(entry_count) filter (where current_date - business_date <= 1), 0) as "up to 1 day",
  coalesce(sum(entry_count) filter (where current_date - business_date between 2 and 3), 0) as "2 to 3",
  coalesce(sum(entry_count) filter (where current_date - business_date between 4 and 7), 0) as "4 to 7",
  coalesce(sum(entry_count) filter (where current_date - business_date > 7), 0) as "more than 7"
from ${TOTALS} where not ${SETTLED} and ${RECENT}
group by status order by sum(entry_count) desc`,

  largest: `
select business_date as day, bank_id as bank, status as break, currency, internal_amount as ours,
  external_amount as theirs, difference, transaction_id::text as transaction_id, bank_reference
from reconciliation.reconciliation_index
where status in (${BREAKS.map((status) => `'${status}'`).join(', ')}) and ${RECENT}
order by abs(difference) desc, entry_id
limit 50`,

  payouts: `
select payout_date as day, count(*) filter (where payout_status = 'SCHEDULED') as merchants, sum(gross_usd) as gross,
  sum(refunds_usd) as refunds, sum(chargebacks_usd) as chargebacks, sum(fees_usd) as fees,
  sum(net_usd) filter (where payout_status = 'SCHEDULED') as net, count(*) filter (where payout_status = 'HELD') as held
from reconciliation.settlement_index where ${COMING}
group by payout_date order by payout_date`,

  anomalous: `
select business_date as day, coalesce(merchant_name, merchant_id::text) as merchant, category, country, volume_usd as volume,
  refund_rate, chargeback_rate, anomaly_reasons as reasons
from reconciliation.merchant_index where is_anomalous and ${RECENT}
order by business_date desc, volume_usd desc
limit 50`,
} as const
