/**
 * Results: what a job writes to its topic and what the sink keeps of it. One declaration per result gives the
 * TypeScript type of a record, its Kafka key and the columns of its table.
 */

/** What a field holds: its form in JSON and its type in Postgres. */
interface FieldTypes {
  /** A UUID. */
  id: string
  text: string
  /** A whole number. */
  count: number
  /** A ratio or score: an unrounded IEEE double. */
  ratio: number
  /** A decimal string with two digits. */
  money: string
  boolean: boolean
  /** `2026-11-20T13:31:00.000Z`. */
  time: string
  /** Value to count. */
  distribution: Record<string, number>
  /** Value to decimal string. */
  amounts: Record<string, string>
  list: string[]
  object: Record<string, unknown>
}

export type FieldKind = keyof FieldTypes | `${keyof FieldTypes}?`
export type Fields = Readonly<Record<string, FieldKind>>

type FieldValue<K> = K extends keyof FieldTypes
  ? FieldTypes[K]
  : K extends `${infer Base extends keyof FieldTypes}?`
    ? FieldTypes[Base] | null
    : never

/** The record that a field declaration describes. */
export type RecordOf<F extends Fields> = { -readonly [Name in keyof F]: FieldValue<F[Name]> }

const COLUMN_TYPES: Readonly<Record<keyof FieldTypes, string>> = {
  id: 'uuid',
  text: 'text',
  count: 'bigint',
  ratio: 'double precision',
  money: 'numeric',
  boolean: 'boolean',
  time: 'timestamptz(3)',
  distribution: 'jsonb',
  amounts: 'jsonb',
  list: 'jsonb',
  object: 'jsonb',
}

/** The Postgres type of a field, `not null` included where it is never null. */
export function columnType(kind: FieldKind): string {
  const nullable = kind.endsWith('?')
  const base = (nullable ? kind.slice(0, -1) : kind) as keyof FieldTypes
  return nullable ? COLUMN_TYPES[base] : `${COLUMN_TYPES[base]} not null`
}

/** The fields that every window result has beside its key. */
export const WINDOW_FIELDS = { window_start: 'time', window_end: 'time', transaction_count: 'count' } as const

/** What a window job may group by: the kind of its key field. */
export type KeyKind = 'id' | 'text' | 'count'

/** One result type. `key` are the fields of its Kafka key, in order; `fields` are all fields of a record. */
export interface ResultSpec<F extends Fields = Fields> {
  readonly key: readonly (keyof F & string)[]
  readonly fields: F
}

/** The result of a window job: its key field, the window's bounds and count, and its `own` fields. */
export interface WindowResultSpec<
  Name extends string = string,
  Kind extends KeyKind = KeyKind,
  F extends Fields = Fields,
> extends ResultSpec<{ readonly [N in Name]: Kind } & typeof WINDOW_FIELDS & F> {
  readonly keyField: Name
  readonly keyKind: Kind
  readonly own: F
}

/**
 * Declares a window result.
 * @param key the name of its one key field and the field's kind, such as `{ merchant_id: 'id' }`.
 * @param fields what it has beside the key, the window's bounds and the count.
 */
export function windowResult<const Name extends string, const Kind extends KeyKind, const F extends Fields>(
  key: { readonly [N in Name]: Kind },
  fields: F,
): WindowResultSpec<Name, Kind, F> {
  const [entry, ...more] = Object.entries<Kind>(key) as [Name, Kind][]
  if (entry === undefined || more.length > 0) throw new RangeError('a window result has one key field')
  const [keyField, keyKind] = entry
  return {
    key: [keyField, 'window_start'],
    fields: { ...key, ...WINDOW_FIELDS, ...fields },
    own: fields,
    keyField,
    keyKind,
  }
}

/** The result of a job that judges each transaction by itself. */
export function transactionResult<const F extends Fields>(fields: F): ResultSpec<{ transaction_id: 'id' } & F> {
  return { key: ['transaction_id'], fields: { transaction_id: 'id', ...fields } }
}

export const FRAUD_VERDICTS = [
  'HIGH_AMOUNT',
  'FREQUENCY_ANOMALY',
  'LOCATION_ANOMALY',
  'TIME_ANOMALY',
  'NORMAL',
] as const
export type FraudVerdict = (typeof FRAUD_VERDICTS)[number]

/** What `risk_analytics` counts in `risk_factors`. */
export const RISK_FACTORS = ['HIGH_AMOUNT', 'CROSS_BORDER', 'WIRE_TRANSFER', 'NIGHT', 'HIGH_RISK_LEVEL'] as const

export const ANOMALY_TYPES = ['STATISTICAL_OUTLIER', 'PATTERN_DEVIATION', 'VELOCITY_ANOMALY'] as const
export type AnomalyType = (typeof ANOMALY_TYPES)[number]

/** The results of the ten built-in jobs, by job id. */
export const RESULTS = {
  fraud_detection: transactionResult({
    customer_id: 'id',
    account_id: 'id?',
    amount_usd: 'money',
    verdict: 'text',
    fraud_score: 'ratio',
    evidence: 'object',
    rule_version: 'text',
    event_time: 'time',
  }),
  transaction_metrics: windowResult(
    { customer_id: 'id' },
    {
      total_amount: 'money',
      average_amount: 'money',
      min_amount: 'money',
      max_amount: 'money',
      total_fees: 'money',
      type_distribution: 'distribution',
    },
  ),
  customer_behavior: windowResult(
    { customer_id: 'id' },
    {
      channel_usage: 'distribution',
      spending_by_category: 'amounts',
      location_consistency: 'ratio',
      device_consistency: 'ratio',
      spending_pattern: 'ratio',
    },
  ),
  risk_analytics: windowResult(
    { customer_id: 'id' },
    {
      total_exposure: 'money',
      high_risk_transactions: 'count',
      compliance_violations: 'distribution',
      risk_factors: 'distribution',
      risk_score: 'ratio',
    },
  ),
  dashboard_metrics: windowResult(
    { transaction_type: 'text' },
    {
      total_volume: 'money',
      average_transaction_value: 'money',
      total_fees: 'money',
      success_rate: 'ratio',
      status_distribution: 'distribution',
      risk_distribution: 'distribution',
    },
  ),
  anomaly_detection: transactionResult({
    customer_id: 'id',
    anomaly_type: 'text',
    anomaly_score: 'ratio',
    description: 'text',
    evidence: 'object',
    rule_version: 'text',
    event_time: 'time',
  }),
  geographic_analysis: windowResult(
    { country: 'text' },
    {
      total_amount: 'money',
      city_distribution: 'distribution',
      spending_by_city: 'amounts',
      merchant_distribution: 'distribution',
      currencies: 'distribution',
    },
  ),
  merchant_analysis: windowResult(
    { merchant_id: 'id' },
    {
      total_revenue: 'money',
      average_transaction_value: 'money?',
      unique_customers: 'count',
      customer_retention: 'ratio',
      customer_distribution: 'distribution',
      amount_distribution: 'amounts',
      locations: 'distribution',
    },
  ),
  time_pattern: windowResult(
    { hour: 'count' },
    {
      transaction_type_distribution: 'distribution',
      spending_by_type: 'amounts',
      active_customers: 'count',
      customer_activity: 'distribution',
      peak_periods: 'list',
    },
  ),
  compliance_monitoring: windowResult(
    { customer_id: 'id' },
    {
      violation_types: 'distribution',
      flagged_transactions: 'list',
      flagged_count: 'count',
      total_violation_amount: 'money',
      risk_level_distribution: 'distribution',
      compliance_score: 'ratio',
      requires_review: 'boolean',
    },
  ),
} as const

export type JobId = keyof typeof RESULTS
export const JOB_IDS = Object.keys(RESULTS) as JobId[]

/** How much of a record's key and of its value a dead letter holds, so that the letter itself fits a record. */
export const DEAD_LETTER_VALUE_BYTES_MAX = 1_048_576

/** A record that could not be counted: `fintech.dead_letter`, keyed by `topic/partition/offset`. */
export const DEAD_LETTER = {
  key: ['topic', 'partition', 'offset'],
  fields: {
    topic: 'text',
    partition: 'count',
    offset: 'count',
    /** The record's own time. */
    timestamp: 'time',
    /** At most the first `DEAD_LETTER_VALUE_BYTES_MAX` bytes, as of the value. */
    key_base64: 'text?',
    value_base64: 'text?',
    /** How many bytes the value had. Letters of earlier versions do not say it. */
    value_bytes: 'count?',
    reason: 'text',
    detail: 'text',
  },
} as const satisfies ResultSpec
export type DeadLetter = RecordOf<typeof DEAD_LETTER.fields>

/** A transaction that came too late, for one job or for all: `fintech.late`. One that comes again is the same row. */
export const LATE = {
  key: ['transaction_id', 'job'],
  fields: {
    transaction_id: 'id',
    /** The job whose window was closed, or `*` where the record lies beyond the duplicate horizon. */
    job: 'text',
    key: 'object?',
    window_start: 'time?',
    window_end: 'time?',
    event_time: 'time',
    lateness_ms: 'count',
    /** `window_closed` or `beyond_horizon`. */
    reason: 'text',
  },
} as const satisfies ResultSpec
export type LateRecord = RecordOf<typeof LATE.fields>

/** A header that marks a record sent again from the dead-letter topic; its value is `topic/partition/offset`. */
export const REPLAYED_FROM_HEADER = 'replayed-from'
