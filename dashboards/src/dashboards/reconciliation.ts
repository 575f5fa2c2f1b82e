import { AWAITED_STATUSES, BREAK_STATUSES, SETTLED_STATUSES, STATEMENT_PROBLEMS } from '@fintech-streams/contracts'
import { type DashboardValue } from '../dashboard.ts'
import { badFrom, goodFrom, warnFrom } from '../panel.ts'
import { quoted } from '../select.ts'

const TOTALS = 'reconciliation.reconciliation_totals'
const SETTLED = `status in (${quoted(SETTLED_STATUSES)})`
/** What only waits for its statement is neither settled nor a break. */
const BROKEN = `status in (${quoted(BREAK_STATUSES)})`
const AWAITED = `status in (${quoted(AWAITED_STATUSES)})`

/** Results are of days: the range on the clock that dashboards have says nothing about them. */
const RECENT = 'business_date > current_date - 30'
const COMING = 'payout_date >= current_date and business_date > current_date - 10'

/** A column for each kind of break. Days are texts: as times they would be shown with an hour, in the reader's own zone. */
const breakColumns = BREAK_STATUSES.map(
  (status) => `coalesce(sum(entry_count) filter (where status = '${status}'), 0) as ${status.toLowerCase()}`,
).join(',\n  ')
const DAY_S = 86_400

/** For finance and treasury: what does not match the banks' statements, for how long, and what is to be paid out. */
export const reconciliation: DashboardValue = {
  uid: 'reconciliation',
  title: 'Reconciliation',
  description: "What does not match the banks' statements, for how long, and what is to be paid out.",
  since: 'now-30d',
  refresh: '5m',
  rows: {
    Now: [
      {
        kind: 'stat',
        title: 'Settled',
        description:
          'Entries that are on both sides as they should be, of those whose statements have come, of the last 30 days.',
        unit: 'percentunit',
        thresholds: goodFrom(0.95),
        decimals: 2,
        sql: `
select coalesce(sum(entry_count) filter (where ${SETTLED}), 0)::float8 / nullif(sum(entry_count), 0) as share
from ${TOTALS} where not ${AWAITED} and ${RECENT}`,
      },
      {
        kind: 'stat',
        title: 'Breaks',
        description: 'Entries to work through, of the last 30 days.',
        sql: `select coalesce(sum(entry_count), 0) as breaks from ${TOTALS} where ${BROKEN} and ${RECENT}`,
      },
      {
        kind: 'stat',
        title: 'Since the last night',
        description: 'How long ago a day was published. One is, each night; a failure leaves the indexes as they were.',
        unit: 's',
        thresholds: warnFrom(1.5 * DAY_S, 2.5 * DAY_S),
        sql: `
select extract(epoch from now() - max(published_at))::float8 as age from reconciliation.runs`,
      },
      {
        kind: 'stat',
        title: 'Failed nights',
        description: 'Runs that failed, of the last 7 days.',
        thresholds: badFrom(1),
        sql: `
select count(*) as failures from reconciliation.failures
where code not in (${quoted(STATEMENT_PROBLEMS)}) and failed_at > now() - interval '7 days'`,
      },
      {
        kind: 'stat',
        title: 'To be paid',
        description: 'Net of all payouts from today on.',
        unit: 'currencyUSD',
        sql: `
select coalesce(sum(net_usd), 0) as net from reconciliation.settlement_index
where payout_status = 'SCHEDULED' and ${COMING}`,
      },
      {
        kind: 'stat',
        title: 'Held',
        description: 'Days of merchants on which more went back than was sold: to be set off against their next ones.',
        sql: `
select count(*) as held from reconciliation.settlement_index where payout_status = 'HELD' and ${COMING}`,
      },
    ],
    Breaks: [
      {
        kind: 'columns',
        title: 'Breaks by day',
        description: 'By business day, the last 30.',
        span: 12,
        sql: `
select business_date::text as day,
  ${breakColumns}
from ${TOTALS} where ${RECENT}
group by business_date order by business_date`,
      },
      {
        kind: 'bars',
        title: 'Breaks by bank',
        description: 'Of the last 30 days.',
        span: 12,
        sql: `
select bank_id as bank,
  ${breakColumns}
from ${TOTALS} where ${RECENT}
group by bank_id order by bank_id`,
      },
      {
        kind: 'table',
        title: 'By day, bank and currency',
        description: 'A difference is theirs minus ours. Ours and theirs add up to both sides, to the cent.',
        span: 24,
        sql: `
select business_date::text as day, bank_id as bank, currency, sum(entry_count) as entries,
  coalesce(sum(entry_count) filter (where ${SETTLED}), 0) as settled,
  coalesce(sum(entry_count) filter (where ${AWAITED}), 0) as awaited,
  ${breakColumns},
  sum(internal_amount) as ours, sum(external_amount) as theirs, sum(difference) as difference
from ${TOTALS} where ${RECENT}
group by 1, 2, 3 order by 1 desc, 2, 3`,
      },
      {
        kind: 'table',
        title: 'Largest breaks',
        description: 'The fifty with the largest differences of the last 30 days, in their own currencies.',
        span: 24,
        sql: `
select business_date::text as day, bank_id as bank, status as break, currency, internal_amount as ours,
  external_amount as theirs, difference, transaction_id::text as transaction_id, bank_reference
from reconciliation.reconciliation_index
where ${BROKEN} and ${RECENT}
order by abs(difference) desc, entry_id
limit 50`,
      },
    ],
    Statements: [
      {
        kind: 'table',
        title: 'Files of the banks',
        description:
          'The newest of the last 30 days. Every line is taken, rejected, known from another file, or announced only; the ' +
          'console shows rejected lines.',
        span: 24,
        sql: `
select ingested_at as taken_in, name, bank_ids as banks, first_day::text, last_day::text,
  is_refused as refused, line_count as lines,
  taken_count as taken, rejected_count as rejected, known_count as known, unbooked_count as announced, problem
from reconciliation.statement_files where ${RECENT}
order by ingested_at desc
limit 50`,
      },
      {
        kind: 'table',
        title: 'To look into',
        description: 'Nights that failed, and what was refused, does not add up or has not come, of the last 30 days.',
        span: 24,
        sql: `
select failed_at as time, business_date::text as day, replace(code, '_', ' ') as what, message
from reconciliation.failures where failed_at > now() - interval '30 days'
order by failed_at desc
limit 50`,
      },
    ],
    'Aging and payouts': [
      {
        kind: 'table',
        title: 'Aging',
        description: 'Breaks by the days since their business day.',
        sql: `
select status as break,
  coalesce(sum(entry_count) filter (where current_date - business_date <= 1), 0) as "up to 1 day",
  coalesce(sum(entry_count) filter (where current_date - business_date between 2 and 3), 0) as "2 to 3",
  coalesce(sum(entry_count) filter (where current_date - business_date between 4 and 7), 0) as "4 to 7",
  coalesce(sum(entry_count) filter (where current_date - business_date > 7), 0) as "more than 7"
from ${TOTALS} where ${BROKEN} and ${RECENT}
group by status order by sum(entry_count) desc`,
      },
      {
        kind: 'table',
        title: 'Payouts to come',
        description: 'US dollars by the day on which merchants are paid.',
        unit: 'currencyUSD',
        columns: { merchants: 'short', held: 'short' },
        sql: `
select payout_date::text as day, count(*) filter (where payout_status = 'SCHEDULED') as merchants, sum(gross_usd) as gross,
  sum(refunds_usd) as refunds, sum(chargebacks_usd) as chargebacks, sum(fees_usd) as fees,
  sum(net_usd) filter (where payout_status = 'SCHEDULED') as net, count(*) filter (where payout_status = 'HELD') as held
from reconciliation.settlement_index where ${COMING}
group by payout_date order by payout_date`,
      },
    ],
    Merchants: [
      {
        kind: 'table',
        title: 'Merchants out of the ordinary',
        description: 'High refund or chargeback rates, or far more volume than on the days before.',
        unit: 'percentunit',
        span: 24,
        columns: { volume: 'currencyUSD' },
        sql: `
select business_date::text as day, coalesce(merchant_name, merchant_id::text) as merchant, category, country, volume_usd as volume,
  refund_rate, chargeback_rate, anomaly_reasons as reasons
from reconciliation.merchant_index where is_anomalous and ${RECENT}
order by business_date desc, volume_usd desc
limit 50`,
      },
    ],
  },
}
