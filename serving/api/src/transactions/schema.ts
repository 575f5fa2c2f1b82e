import {
  AMOUNT_USD_MAX_MINOR,
  CHANNELS,
  CITY_PATTERN,
  type Column,
  CURRENCIES_TAKEN,
  DEVICE_PATTERN,
  formatMinor,
  TRANSACTION_COLUMNS,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type TransactionRow,
} from '@fintech-streams/contracts'
import { type Static, type TSchema, Type } from 'typebox'

const oneOf = <T extends string>(values: readonly T[], more: { description?: string; default?: T } = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...more })
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const Uuid = Type.String({ format: 'uuid' })
const Currency = Type.String({
  pattern: '^[A-Z]{3}$',
  description: `ISO 4217, one of ${CURRENCIES_TAKEN.join(', ')}`,
})
const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166, two letters' })
/** At most 13 digits before the point: within what integers of cents hold exactly. */
const Money = Type.String({
  pattern: '^[0-9]{1,13}(\\.[0-9]{1,2}0{0,20})?$',
  description: `Decimal, not below zero, and worth at most ${formatMinor(AMOUNT_USD_MAX_MINOR)} US dollars`,
})
const Instant = Type.String({ format: 'date-time', description: 'In UTC, such as 2026-11-20T13:31:00.000Z' })
const City = Type.String({ pattern: CITY_PATTERN })
const Degrees = (max: number) => Type.Number({ minimum: -max, maximum: max })

/** A transaction as somebody else's service reports it. What is left out follows from the rest. */
export const NewTransaction = Type.Object(
  {
    transaction_id: Type.String({ format: 'uuid', description: 'Made by the sender: the same again is the same' }),
    customer_id: Uuid,
    account_id: Type.String({
      format: 'uuid',
      description: 'The account that pays, or is paid; one of the customer’s',
    }),
    to_account_id: Type.Optional(
      Type.String({ format: 'uuid', description: 'Of a TRANSFER or WIRE_TRANSFER, and of nothing else' }),
    ),
    merchant_id: Type.Optional(Uuid),
    transaction_type: oneOf(TRANSACTION_TYPES),
    amount: Money,
    currency: Currency,
    fee_amount: Type.Optional({ ...Money, description: 'US dollars; by type and country when left out' }),
    status: Type.Optional(oneOf(TRANSACTION_STATUSES, { description: 'COMPLETED when left out' })),
    channel: Type.Optional(oneOf(CHANNELS)),
    location: Type.Optional(
      Type.Object(
        {
          country: Country,
          city: Type.Optional(City),
          lat: Type.Optional(Degrees(90)),
          lon: Type.Optional(Degrees(180)),
        },
        { additionalProperties: false },
      ),
    ),
    device_fingerprint: Type.Optional(Type.String({ pattern: DEVICE_PATTERN })),
    ip_address: Type.Optional(
      Type.String({ anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }], maxLength: 45, description: 'IPv4 or IPv6' }),
    ),
    original_transaction_id: Type.Optional(
      Type.String({ format: 'uuid', description: 'What a REFUND or CHARGEBACK takes back' }),
    ),
    created_at: Type.Optional({
      ...Instant,
      description:
        'When it happened, in UTC, at most 5 s ahead of the clock here; now when left out. What is older than 15 ' +
        'minutes is recorded, but counts in no window: the answer then has the header `late`',
    }),
  },
  { additionalProperties: false },
)
export type NewTransaction = Static<typeof NewTransaction>

/** The columns of a transaction that an answer has. */
const RECORDED = [
  'transaction_id',
  'customer_id',
  'account_id',
  'to_account_id',
  'merchant_id',
  'transaction_type',
  'amount',
  'currency',
  'fx_rate',
  'amount_usd',
  'fee_amount',
  'status',
  'channel',
  'is_cross_border',
  'risk_score',
  'risk_level',
  'compliance_flags',
  'original_transaction_id',
  'created_at',
] as const satisfies readonly (keyof typeof TRANSACTION_COLUMNS)[]

/** A transaction as it is recorded. */
export type RecordedTransaction = Pick<TransactionRow, (typeof RECORDED)[number]>
export const RecordedTransaction = Type.Unsafe<RecordedTransaction>(
  Type.Object(Object.fromEntries(RECORDED.map((name) => [name, columnSchema(TRANSACTION_COLUMNS[name])]))),
)

/** The schema of a declared column's value. */
function columnSchema({ kind, nullable, values = [], about }: Column): TSchema {
  const description = about === undefined ? {} : { description: about.replaceAll('`', '') }
  const schema = () => {
    switch (kind) {
      case 'uuid':
        return Type.String({ format: 'uuid', ...description })
      case 'enumeration':
        return oneOf(values, description)
      case 'boolean':
        return Type.Boolean(description)
      case 'texts':
        return Type.Array(oneOf(values), description)
      case 'instant':
        return Type.String({ ...Instant, ...description })
      default:
        return Type.String(description)
    }
  }
  return nullable ? orNull(schema()) : schema()
}
