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
}

interface SourceParts {
  readonly name: string
  /** Of a window of the job. */
  readonly seconds: number
  /** Result columns, the time apart: a name or `expression as name`. */
  readonly columns: readonly string[]
  readonly windows: string
  readonly rollups?: {
    /** The same columns, of any of the rollups. */
    readonly columns: readonly string[]
    readonly join?: string
    /** The coarsest last. */
    readonly of: readonly Rollup[]
  }
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
  { name: `${name}_hours`, seconds: HOUR_SECONDS, from: '10 minutes' },
  days(`${name}_days`),
]

const STEP = "interval '$__interval'"
const atLeast = ({ from }: Rollup): string => `${STEP} >= interval '${from}'`
const below = ({ from }: Rollup): string => `${STEP} < interval '${from}'`

function source({ name, seconds, columns, windows, rollups }: SourceParts): Source {
  const of = rollups?.of ?? []
  const ofWindows =
    `select window_start as time, ${columns.join(', ')}\nfrom ${windows}\nwhere $__timeFilter(window_start)` +
    of
      .slice(0, 1)
      .map((first) => ` and ${below(first)}`)
      .join('')
  const ofRollups = of.map((rollup, at) => {
    const conditions = [atLeast(rollup), ...of.slice(at + 1, at + 2).map(below)]
    return (
      `select bucket as time, ${rollups?.columns.join(', ')}\n` +
      `from analytics.${rollup.name}($__timeFrom(), $__timeTo())${rollups?.join ?? ''}\nwhere ${conditions.join(' and ')}`
    )
  })
  const cases = of.toReversed().map((rollup) => `when ${atLeast(rollup)} then ${rollup.seconds}`)
  return {
    name,
    seconds: of.length === 0 ? String(seconds) : `case ${cases.join(' ')} else ${seconds} end`,
    cte: cte(name, [ofWindows, ...ofRollups].join('\nunion all\n')),
  }
}

const cte = (name: string, select: string): string => `${name} as (\n  ${select.replaceAll('\n', '\n  ')}\n)`

/** One row a transaction: there is no rollup, as the indexes on the few that matter are enough. */
const ofTransactions = (name: string, select: string): Source => ({ name, seconds: '1', cte: cte(name, select.trim()) })

const lower = (values: readonly string[]): string[] => values.map((value) => value.toLowerCase())

/** A column for each value of a distribution: how often it stands there. */
const counted = (distribution: string, values: readonly string[]): string[] =>
  values.map((value) => `coalesce((${distribution} ->> '${value}')::bigint, 0) as ${value.toLowerCase()}`)

const STATUSES = ['COMPLETED', 'PENDING', 'FAILED', 'DECLINED'] as const
const LEVEL_NAMES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
const CHANNELS = ['MOBILE', 'WEB', 'ATM', 'POS', 'BRANCH'] as const
const FACTORS = ['HIGH_AMOUNT', 'CROSS_BORDER', 'WIRE_TRANSFER', 'NIGHT', 'HIGH_RISK_LEVEL'] as const
const FLAGS = ['SANCTIONS_CHECK_REQUIRED', 'STRUCTURING_SUSPECTED', 'HIGH_RISK', 'HIGH_VALUE'] as const

const WITH_CUSTOMERS = ' join customers using (customer_id)'
const CUSTOMER = ['customer_id', 'tier', 'country'] as const
const WITH_MERCHANTS = ' join merchants using (merchant_id)'
const MERCHANT = ['merchant_id', 'name as merchant', 'category', 'country', 'risk_level'] as const

/** Transactions by type, in windows of a minute. */
export const VOLUME = source({
  name: 'volume',
  seconds: 60,
  columns: [
    ...['transaction_type', 'transaction_count as transactions', 'total_volume as amount', 'total_fees as fees'],
    ...counted('status_distribution', STATUSES),
    ...counted('risk_distribution', LEVEL_NAMES),
  ],
  windows: 'analytics.dashboard_metrics',
  rollups: {
    of: [hours('volume_hours')],
    columns: ['transaction_type', 'transactions', 'amount', 'fees', ...lower(STATUSES), ...lower(LEVEL_NAMES)],
  },
})

/** Transactions by their own risk level, in windows of a minute. */
export const LEVELS = source({
  name: 'levels',
  seconds: 60,
  columns: ['risk_level', 'transactions::bigint as transactions'],
  windows: 'analytics.dashboard_metrics, jsonb_each_text(risk_distribution) as seen (risk_level, transactions)',
  rollups: {
    of: [hours('volume_hours')],
    columns: ['level.risk_level', 'level.transactions'],
    join: `, lateral (values ${LEVEL_NAMES.map((level) => `('${level}', ${level.toLowerCase()})`).join(', ')})
  as level (risk_level, transactions)`,
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
select event_time as time, transaction_id, ${CUSTOMER.join(', ')}, verdict, fraud_score, amount_usd, evidence
from analytics.fraud_detection${WITH_CUSTOMERS}
where verdict <> 'NORMAL' and $__timeFilter(event_time)`,
)

export const ANOMALIES = ofTransactions(
  'anomalies',
  `
select event_time as time, transaction_id, ${CUSTOMER.join(', ')}, anomaly_type, anomaly_score, description
from analytics.anomaly_detection${WITH_CUSTOMERS}
where $__timeFilter(event_time)`,
)

/** What customers spend, in windows of five minutes. */
export const SPENDING = source({
  name: 'spending',
  seconds: 300,
  columns: [
    ...CUSTOMER,
    'transaction_count as transactions',
    'total_amount as amount',
    'total_fees as fees',
    'window_start as latest',
  ],
  windows: `analytics.transaction_metrics${WITH_CUSTOMERS}`,
  rollups: {
    of: hoursThenDays('spending'),
    columns: [...CUSTOMER, 'transactions', 'amount', 'fees', 'latest'],
    join: WITH_CUSTOMERS,
  },
})

/** How customers behave, in windows of a quarter of an hour. Scores are sums over the windows counted. */
export const BEHAVIOR = source({
  name: 'behavior',
  seconds: 900,
  columns: [
    ...CUSTOMER,
    '1 as windows',
    'transaction_count as transactions',
    ...counted('channel_usage', CHANNELS),
    ...['location_consistency', 'device_consistency', 'spending_pattern'],
  ],
  windows: `analytics.customer_behavior${WITH_CUSTOMERS}`,
  rollups: {
    of: [days('behavior_days')],
    columns: [
      ...CUSTOMER,
      ...['windows', 'transactions', ...lower(CHANNELS)],
      ...['location_consistency', 'device_consistency', 'spending_pattern'],
    ],
    join: WITH_CUSTOMERS,
  },
})

/** What is bought, in windows of a quarter of an hour. */
export const CATEGORIES = source({
  name: 'categories',
  seconds: 900,
  columns: ['category', 'amount::numeric as amount'],
  windows: 'analytics.customer_behavior, jsonb_each_text(spending_by_category) as spent (category, amount)',
  rollups: { of: [days('category_days')], columns: ['category', 'amount'] },
})

/** Risk of customers, in windows of ten minutes. The score is a sum over the windows counted. */
export const RISK = source({
  name: 'risk',
  seconds: 600,
  columns: [
    ...CUSTOMER,
    '1 as windows',
    'transaction_count as transactions',
    'total_exposure as exposure',
    'high_risk_transactions as high_risk',
    'windows.risk_score as score',
    'windows.risk_score as score_max',
    ...counted('risk_factors', FACTORS),
    'window_start as latest',
  ],
  windows: `analytics.risk_analytics as windows${WITH_CUSTOMERS}`,
  rollups: {
    of: hoursThenDays('risk'),
    columns: [
      ...CUSTOMER,
      ...['windows', 'transactions', 'exposure', 'high_risk', 'score', 'score_max', ...lower(FACTORS), 'latest'],
    ],
    join: WITH_CUSTOMERS,
  },
})

/** Compliance of customers, in windows of half an hour. The score is a sum over the windows counted. */
export const COMPLIANCE = source({
  name: 'compliance',
  seconds: 1_800,
  columns: [
    ...CUSTOMER,
    '1 as windows',
    'transaction_count as transactions',
    'flagged_count as flagged',
    'total_violation_amount as amount',
    'compliance_score as score',
    'compliance_score as score_min',
    'requires_review::integer as reviews',
    ...counted('violation_types', FLAGS),
  ],
  windows: `analytics.compliance_monitoring${WITH_CUSTOMERS}`,
  rollups: {
    of: [days('compliance_days')],
    columns: [
      ...CUSTOMER,
      ...['windows', 'transactions', 'flagged', 'amount', 'score', 'score_min', 'reviews', ...lower(FLAGS)],
    ],
    join: WITH_CUSTOMERS,
  },
})

/** Where transactions happen, in windows of five minutes. */
export const COUNTRIES = source({
  name: 'countries',
  seconds: 300,
  columns: ['country', 'transaction_count as transactions', 'total_amount as amount'],
  windows: 'analytics.geographic_analysis',
  rollups: { of: [hours('country_hours')], columns: ['country', 'transactions', 'amount'] },
})

export const CITIES = source({
  name: 'cities',
  seconds: 300,
  columns: [
    ...['country', 'city', 'transactions::bigint as transactions'],
    'coalesce((spending_by_city ->> city)::numeric, 0) as amount',
  ],
  windows: 'analytics.geographic_analysis, jsonb_each_text(city_distribution) as seen (city, transactions)',
  rollups: { of: [days('city_days')], columns: ['country', 'city', 'transactions', 'amount'] },
})

/** What is bought where, in windows of five minutes: transactions by the merchant's category. */
export const SHOPPING = source({
  name: 'shopping',
  seconds: 300,
  columns: ['country', 'category', 'transactions::bigint as transactions'],
  windows: 'analytics.geographic_analysis, jsonb_each_text(merchant_distribution) as seen (category, transactions)',
  rollups: { of: [days('shopping_days')], columns: ['country', 'category', 'transactions'] },
})

/** In which currencies is paid, in windows of five minutes. */
export const CURRENCIES = source({
  name: 'paid',
  seconds: 300,
  columns: ['country', 'currency', 'transactions::bigint as transactions'],
  windows: 'analytics.geographic_analysis, jsonb_each_text(currencies) as seen (currency, transactions)',
  rollups: { of: [days('currency_days')], columns: ['country', 'currency', 'transactions'] },
})

/** What merchants earn, in windows of ten minutes. Retention is a sum over the windows counted. */
export const SALES = source({
  name: 'sales',
  seconds: 600,
  columns: [
    ...MERCHANT,
    '1 as windows',
    'transaction_count as transactions',
    'total_revenue as revenue',
    'unique_customers as customers',
    'customer_retention as retention',
    'window_start as latest',
  ],
  windows: `analytics.merchant_analysis${WITH_MERCHANTS}`,
  rollups: {
    of: [days('sales_days')],
    columns: [...MERCHANT, 'windows', 'transactions', 'revenue', 'customers', 'retention', 'latest'],
    join: WITH_MERCHANTS,
  },
})

/** Sizes of payments at merchants, in windows of ten minutes. */
export const TICKETS = source({
  name: 'tickets',
  seconds: 600,
  columns: ['category', 'country', 'risk_level', 'size', 'amount::numeric as amount'],
  windows: `analytics.merchant_analysis${WITH_MERCHANTS}, jsonb_each_text(amount_distribution) as sold (size, amount)`,
  rollups: {
    of: [days('ticket_days')],
    columns: ['category', 'country', 'risk_level', 'size', 'amount'],
    join: WITH_MERCHANTS,
  },
})

/** The hours of the day. */
export const HOURS = source({
  name: 'hours',
  seconds: HOUR_SECONDS,
  columns: ['hour', 'transaction_count as transactions', 'active_customers'],
  windows: 'analytics.time_pattern',
})
