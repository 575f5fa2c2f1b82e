import { CHANNELS, COMPLIANCE_FLAGS, RISK_FACTORS, RISK_LEVELS, TRANSACTION_STATUSES } from '@fintech-streams/contracts'

/**
 * What the queries of the dashboards read. Each source is a common table expression over one of the jobs' tables, with
 * a column `time` and distributions as columns, so that a panel's own query is a few lines.
 *
 * From steps of an hour on (a week in 150 points), or of ten minutes (a day), a source reads a rollup of its table by hours
 * or days instead of the windows themselves. Which of them is known before the query runs, so the others cost nothing.
 */
export interface Source {
  readonly name: string
  readonly cte: string
  /** SQL for how many seconds one row of the source stands for. */
  readonly seconds: string
  /** SQL for the time from which on it has rows, where the range may begin earlier. */
  readonly since?: string
  /** SQL for the time up to which what happened is known: what happens now is in no window yet. */
  readonly until: string
}

interface SourceParts {
  readonly name: string
  /** Of a window of the job. */
  readonly seconds: number
  /** The job's table. */
  readonly from: string
  /** Who the windows are of. */
  readonly of?: Party
  /** A distribution as rows: what follows the table in `from`. */
  readonly apart?: string
  /** Result columns, the time and the party's apart: a name or `expression as name`. */
  readonly columns: readonly string[]
  /** With columns of the same names, the coarsest last. */
  readonly rollups?: readonly Rollup[]
  /** Where the rollups' columns do not have these names, or not alone. */
  readonly rolled?: { readonly apart: string; readonly columns: readonly string[] }
}

/** Whose windows a job keeps: the table that knows them, and what charts ask of it. */
interface Party {
  readonly join: string
  readonly columns: readonly string[]
}

/** A rollup, and the step from which on it is read. */
interface Rollup {
  readonly name: string
  readonly seconds: number
  readonly from: '10 minutes' | '1 hour'
}

const HOUR_SECONDS = 3_600
const DAY_SECONDS = 24 * HOUR_SECONDS

const hours = (name: string): Rollup => ({ name, seconds: HOUR_SECONDS, from: '1 hour' })
const days = (name: string): Rollup => ({ name, seconds: DAY_SECONDS, from: '1 hour' })
/** For what has many windows of many customers: a day of them is too much already. */
const hoursThenDays = (name: string): readonly Rollup[] => [
  { ...hours(`${name}_hours`), from: '10 minutes' },
  days(`${name}_days`),
]

/** Where the last hour of the range begins. */
const HOUR_BEFORE = "$__timeTo()::timestamptz - interval '1 hour'"

const STEP = "interval '$__interval'"
const atLeast = ({ from }: Rollup): string => `${STEP} >= interval '${from}'`
const below = ({ from }: Rollup): string => `${STEP} < interval '${from}'`

function source({ name, seconds, from, of, apart, columns, rollups = [], rolled }: SourceParts): Source {
  const { join, columns: whose } = of ?? { join: '', columns: [] }
  const [first] = rollups
  const ofWindows =
    `select window_start as time, ${[...whose, ...columns].join(', ')}\nfrom analytics.${from}${join}${apart === undefined ? '' : `, ${apart}`}\n` +
    `where $__timeFilter(window_start)${first === undefined ? '' : ` and ${below(first)}`}`
  const rolledColumns = [...whose, ...(rolled?.columns ?? columns.map(nameOf))]
  const ofRollups = rollups.map((rollup, at) => {
    const conditions = [atLeast(rollup), ...rollups.slice(at + 1, at + 2).map(below)]
    return (
      `select bucket as time, ${rolledColumns.join(', ')}\n` +
      `from analytics.${rollup.name}($__timeFrom(), $__timeTo())${join}${rolled === undefined ? '' : `, ${rolled.apart}`}\nwhere ${conditions.join(' and ')}`
    )
  })
  const cases = rollups.toReversed().map((rollup) => `when ${atLeast(rollup)} then ${rollup.seconds}`)
  return {
    name,
    seconds: first === undefined ? String(seconds) : `case ${cases.join(' ')} else ${seconds} end`,
    until: newestOf(from),
    cte: cte(name, [ofWindows, ...ofRollups].join('\nunion all\n')),
  }
}

/** The name of a column that is a name or `expression as name`. */
const nameOf = (column: string): string => column.slice(column.lastIndexOf(' ') + 1)

const cte = (name: string, select: string): string => `${name} as (\n  ${select.replaceAll('\n', '\n  ')}\n)`

/** By the whole job, so that it is known of a customer without a window, too, that nothing happened. */
const newestOf = (table: string): string => `(select max(window_start) from analytics.${table})`

/** One row a transaction: there is no rollup, as the indexes on the few that matter are enough. */
const ofTransactions = (name: string, select: string): Source => ({
  name,
  seconds: '1',
  until: 'now()',
  cte: cte(name, select.trim()),
})

/** A column for each value of a distribution: how often it stands there. */
const counted = (distribution: string, values: readonly string[]): string[] =>
  values.map((value) => `coalesce((${distribution} ->> '${value}')::bigint, 0) as ${value.toLowerCase()}`)

const CUSTOMERS: Party = {
  join: ' join customers using (customer_id)',
  columns: ['customer_id', 'tier', 'country'],
}
const MERCHANTS: Party = {
  join: ' join merchants using (merchant_id)',
  columns: ['merchant_id', 'name as merchant', 'category', 'country', 'risk_level'],
}

/** Transactions by type, in windows of a minute. */
export const VOLUME = source({
  name: 'volume',
  seconds: 60,
  from: 'dashboard_metrics',
  columns: [
    ...['transaction_type', 'transaction_count as transactions', 'total_volume as amount', 'total_fees as fees'],
    ...counted('status_distribution', TRANSACTION_STATUSES),
    ...counted('risk_distribution', RISK_LEVELS),
  ],
  rollups: [hours('volume_hours')],
})

/** Transactions by their own risk level, in windows of a minute. */
export const LEVELS = source({
  name: 'levels',
  seconds: 60,
  from: 'dashboard_metrics',
  apart: 'jsonb_each_text(risk_distribution) as seen (risk_level, transactions)',
  columns: ['risk_level', 'transactions::bigint as transactions'],
  rollups: [hours('volume_hours')],
  rolled: {
    apart: `lateral (values ${RISK_LEVELS.map((level) => `('${level}', ${level.toLowerCase()})`).join(', ')})
  as level (risk_level, transactions)`,
    columns: ['level.risk_level', 'level.transactions'],
  },
})

/** Every transaction with its verdict. Only for the newest: there are as many as transactions. */
export const VERDICTS = ofTransactions(
  'verdicts',
  `
select event_time as time, transaction_id, customer_id, amount_usd, verdict, fraud_score
from analytics.fraud_detection
where $__timeFilter(event_time)`,
)

/** Transactions whose verdict is not NORMAL, with who the customer is. */
export const ALERTS = ofTransactions(
  'alerts',
  `
select event_time as time, transaction_id, ${CUSTOMERS.columns.join(', ')}, verdict, fraud_score, amount_usd, evidence
from analytics.fraud_detection${CUSTOMERS.join}
where verdict <> 'NORMAL' and $__timeFilter(event_time)`,
)

export const ANOMALIES = ofTransactions(
  'anomalies',
  `
select event_time as time, transaction_id, ${CUSTOMERS.columns.join(', ')}, anomaly_type, anomaly_score, description
from analytics.anomaly_detection${CUSTOMERS.join}
where $__timeFilter(event_time)`,
)

/** Rows of the table itself, of one hour: it has no index that more would be quick with. */
export const WRITTEN: Source = {
  ...ofTransactions(
    'written',
    `
select created_at as time, status
from transactions
where $__timeFilter(created_at) and created_at > ${HOUR_BEFORE}`,
  ),
  since: HOUR_BEFORE,
}

/** What one customer spends, in windows of five minutes: the table's key finds them, so this is quick for any range. */
export const spendingOf = (customer: string): Source => ({
  name: 'spent',
  seconds: '300',
  until: newestOf('transaction_metrics'),
  cte: cte(
    'spent',
    `select window_start as time, transaction_count as transactions, total_amount as amount, max_amount as largest
from analytics.transaction_metrics
where ${customer} and $__timeFilter(window_start)`,
  ),
})

/** What customers spend, in windows of five minutes. */
export const SPENDING = source({
  name: 'spending',
  seconds: 300,
  from: 'transaction_metrics',
  of: CUSTOMERS,
  columns: [
    'transaction_count as transactions',
    'total_amount as amount',
    'total_fees as fees',
    'window_start as latest',
  ],
  rollups: hoursThenDays('spending'),
})

/** How customers behave, in windows of a quarter of an hour. Scores are sums over the windows counted. */
export const BEHAVIOR = source({
  name: 'behavior',
  seconds: 900,
  from: 'customer_behavior',
  of: CUSTOMERS,
  columns: [
    '1 as windows',
    'transaction_count as transactions',
    ...counted('channel_usage', CHANNELS),
    ...['location_consistency', 'device_consistency', 'spending_pattern'],
  ],
  rollups: [days('behavior_days')],
})

/** What is bought, in windows of a quarter of an hour. */
export const CATEGORIES = source({
  name: 'categories',
  seconds: 900,
  from: 'customer_behavior',
  apart: 'jsonb_each_text(spending_by_category) as spent (category, amount)',
  columns: ['category', 'amount::numeric as amount'],
  rollups: [days('category_days')],
})

/** Risk of customers, in windows of ten minutes. The score is a sum over the windows counted. */
export const RISK = source({
  name: 'risk',
  seconds: 600,
  from: 'risk_analytics',
  of: CUSTOMERS,
  columns: [
    '1 as windows',
    'transaction_count as transactions',
    'total_exposure as exposure',
    'high_risk_transactions as high_risk',
    'risk_analytics.risk_score as score',
    'risk_analytics.risk_score as score_max',
    ...counted('risk_factors', RISK_FACTORS),
    'window_start as latest',
  ],
  rollups: hoursThenDays('risk'),
})

/** Compliance of customers, in windows of half an hour. The score is a sum over the windows counted. */
export const COMPLIANCE = source({
  name: 'compliance',
  seconds: 1_800,
  from: 'compliance_monitoring',
  of: CUSTOMERS,
  columns: [
    '1 as windows',
    'transaction_count as transactions',
    'flagged_count as flagged',
    'total_violation_amount as amount',
    'compliance_score as score',
    'compliance_score as score_min',
    'requires_review::integer as reviews',
    ...counted('violation_types', COMPLIANCE_FLAGS.toReversed()),
  ],
  rollups: [days('compliance_days')],
})

/** Where transactions happen, in windows of five minutes. */
export const COUNTRIES = source({
  name: 'countries',
  seconds: 300,
  from: 'geographic_analysis',
  columns: ['country', 'transaction_count as transactions', 'total_amount as amount'],
  rollups: [hours('country_hours')],
})

export const CITIES = source({
  name: 'cities',
  seconds: 300,
  from: 'geographic_analysis',
  apart: 'jsonb_each_text(city_distribution) as seen (city, transactions)',
  columns: [
    ...['country', 'city', 'transactions::bigint as transactions'],
    'coalesce((spending_by_city ->> city)::numeric, 0) as amount',
  ],
  rollups: [days('city_days')],
})

/** What is bought where, in windows of five minutes: transactions by the merchant's category. */
export const SHOPPING = source({
  name: 'shopping',
  seconds: 300,
  from: 'geographic_analysis',
  apart: 'jsonb_each_text(merchant_distribution) as seen (category, transactions)',
  columns: ['country', 'category', 'transactions::bigint as transactions'],
  rollups: [days('shopping_days')],
})

/** In which currencies is paid, in windows of five minutes. */
export const CURRENCIES = source({
  name: 'paid',
  seconds: 300,
  from: 'geographic_analysis',
  apart: 'jsonb_each_text(currencies) as seen (currency, transactions)',
  columns: ['country', 'currency', 'transactions::bigint as transactions'],
  rollups: [days('currency_days')],
})

/** What merchants earn, in windows of ten minutes. Retention is a sum over the windows counted. */
export const SALES = source({
  name: 'sales',
  seconds: 600,
  from: 'merchant_analysis',
  of: MERCHANTS,
  columns: [
    '1 as windows',
    'transaction_count as transactions',
    'total_revenue as revenue',
    'unique_customers as customers',
    'customer_retention as retention',
    'window_start as latest',
  ],
  rollups: [days('sales_days')],
})

/** Sizes of payments at merchants, in windows of ten minutes. */
export const TICKETS = source({
  name: 'tickets',
  seconds: 600,
  from: 'merchant_analysis',
  of: { ...MERCHANTS, columns: ['category', 'country', 'risk_level'] },
  apart: 'jsonb_each_text(amount_distribution) as sold (size, amount)',
  columns: ['size', 'amount::numeric as amount'],
  rollups: [days('ticket_days')],
})

/** The hours of the day. */
export const HOURS = source({
  name: 'hours',
  seconds: HOUR_SECONDS,
  from: 'time_pattern',
  columns: ['hour', 'transaction_count as transactions', 'active_customers'],
})
