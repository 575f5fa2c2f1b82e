import { CHANNELS, COMPLIANCE_FLAGS, RISK_FACTORS, RISK_LEVELS, TRANSACTION_STATUSES } from '@fintech-streams/contracts'

/**
 * What dashboards ask of a month of results, per hour or day instead of per window. A rollup is made of the results in
 * the database by an expression and can be made again at any time; {@link file://./rollup-sql.ts} says how it stays
 * exact.
 */
export interface Rollup {
  /** Of the function that reads it, `analytics.<name>(since, until)`, whose first column is `bucket`. */
  readonly name: string
  /** The result table. */
  readonly of: string
  readonly bucket: 'hour' | 'day'
  /** Takes a distribution apart: what follows the table in `from`. */
  readonly apart?: string
  /** Columns that tell rows of one bucket apart: name and expression. */
  readonly by: Columns
  /** Columns that are aggregates. */
  readonly values: Columns
}

type Columns = Readonly<Record<string, string>>

const same = (...names: readonly string[]): Columns => Object.fromEntries(names.map((name) => [name, name]))

/** How often each value stands in a distribution, a column each, in lower case. */
const counts = (distribution: string, values: readonly string[]): Columns =>
  Object.fromEntries(
    values.map((value) => [value.toLowerCase(), `coalesce(sum((${distribution} ->> '${value}')::bigint), 0)::bigint`]),
  )

const TRANSACTIONS: Columns = { transactions: 'sum(transaction_count)::bigint' }
const WINDOWS: Columns = { windows: 'count(*)', latest: 'max(window_start)', ...TRANSACTIONS }

const VOLUME_HOURS: Rollup = {
  name: 'volume_hours',
  of: 'dashboard_metrics',
  bucket: 'hour',
  by: same('transaction_type'),
  values: {
    ...TRANSACTIONS,
    amount: 'sum(total_volume)',
    fees: 'sum(total_fees)',
    ...counts('status_distribution', TRANSACTION_STATUSES),
    ...counts('risk_distribution', RISK_LEVELS),
  },
}

const SPENDING: Omit<Rollup, 'name' | 'bucket'> = {
  of: 'transaction_metrics',
  by: same('customer_id'),
  values: { ...WINDOWS, amount: 'sum(total_amount)', fees: 'sum(total_fees)' },
}

const BEHAVIOR_DAYS: Rollup = {
  name: 'behavior_days',
  of: 'customer_behavior',
  bucket: 'day',
  by: same('customer_id'),
  values: {
    ...WINDOWS,
    ...counts('channel_usage', CHANNELS),
    location_consistency: 'sum(location_consistency)',
    device_consistency: 'sum(device_consistency)',
    spending_pattern: 'sum(spending_pattern)',
  },
}

const CATEGORY_DAYS: Rollup = {
  name: 'category_days',
  of: 'customer_behavior',
  bucket: 'day',
  apart: 'jsonb_each_text(spending_by_category) as spent (category, amount)',
  by: same('category'),
  values: { amount: 'sum(amount::numeric)' },
}

const RISK: Omit<Rollup, 'name' | 'bucket'> = {
  of: 'risk_analytics',
  by: same('customer_id'),
  values: {
    ...WINDOWS,
    exposure: 'sum(total_exposure)',
    high_risk: 'sum(high_risk_transactions)::bigint',
    score: 'sum(risk_score)',
    score_max: 'max(risk_score)',
    ...counts('risk_factors', RISK_FACTORS),
  },
}

const COMPLIANCE_DAYS: Rollup = {
  name: 'compliance_days',
  of: 'compliance_monitoring',
  bucket: 'day',
  by: same('customer_id'),
  values: {
    ...WINDOWS,
    flagged: 'sum(flagged_count)::bigint',
    amount: 'sum(total_violation_amount)',
    score: 'sum(compliance_score)',
    score_min: 'min(compliance_score)',
    reviews: 'count(*) filter (where requires_review)',
    ...counts('violation_types', COMPLIANCE_FLAGS.toReversed()),
  },
}

const COUNTRY_HOURS: Rollup = {
  name: 'country_hours',
  of: 'geographic_analysis',
  bucket: 'hour',
  by: same('country'),
  values: { ...TRANSACTIONS, amount: 'sum(total_amount)' },
}

const CITY_DAYS: Rollup = {
  name: 'city_days',
  of: 'geographic_analysis',
  bucket: 'day',
  apart: 'jsonb_each_text(city_distribution) as seen (city, transactions)',
  by: same('country', 'city'),
  values: {
    transactions: 'sum(transactions::bigint)::bigint',
    amount: 'coalesce(sum((spending_by_city ->> city)::numeric), 0)',
  },
}

const SHOPPING_DAYS: Rollup = {
  name: 'shopping_days',
  of: 'geographic_analysis',
  bucket: 'day',
  apart: 'jsonb_each_text(merchant_distribution) as seen (category, transactions)',
  by: same('country', 'category'),
  values: { transactions: 'sum(transactions::bigint)::bigint' },
}

const CURRENCY_DAYS: Rollup = {
  name: 'currency_days',
  of: 'geographic_analysis',
  bucket: 'day',
  apart: 'jsonb_each_text(currencies) as seen (currency, transactions)',
  by: same('country', 'currency'),
  values: { transactions: 'sum(transactions::bigint)::bigint' },
}

const SALES_DAYS: Rollup = {
  name: 'sales_days',
  of: 'merchant_analysis',
  bucket: 'day',
  by: same('merchant_id'),
  values: {
    ...WINDOWS,
    revenue: 'sum(total_revenue)',
    customers: 'sum(unique_customers)::bigint',
    retention: 'sum(customer_retention)',
  },
}

const TICKET_DAYS: Rollup = {
  name: 'ticket_days',
  of: 'merchant_analysis',
  bucket: 'day',
  apart: 'jsonb_each_text(amount_distribution) as sold (size, amount)',
  by: same('merchant_id', 'size'),
  values: { amount: 'sum(amount::numeric)' },
}

export const ROLLUPS: readonly Rollup[] = [
  VOLUME_HOURS,
  { ...SPENDING, name: 'spending_hours', bucket: 'hour' },
  { ...SPENDING, name: 'spending_days', bucket: 'day' },
  BEHAVIOR_DAYS,
  CATEGORY_DAYS,
  { ...RISK, name: 'risk_hours', bucket: 'hour' },
  { ...RISK, name: 'risk_days', bucket: 'day' },
  COMPLIANCE_DAYS,
  COUNTRY_HOURS,
  CITY_DAYS,
  SHOPPING_DAYS,
  CURRENCY_DAYS,
  SALES_DAYS,
  TICKET_DAYS,
]
