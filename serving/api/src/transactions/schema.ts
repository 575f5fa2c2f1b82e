import {
  CHANNELS,
  CITY_PATTERN,
  COMPLIANCE_FLAGS,
  DEVICE_PATTERN,
  RISK_LEVELS,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
} from '@fintech-streams/contracts'
import { type Static, type TSchema, Type } from 'typebox'

const oneOf = <T extends string>(values: readonly T[], more: { description?: string; default?: T } = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...more })
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const Uuid = Type.String({ format: 'uuid' })
const Currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217, one that has a rate' })
const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166, two letters' })
/** At most 13 digits before the point: within what integers of cents hold exactly. */
const Money = Type.String({ pattern: '^[0-9]{1,13}(\\.[0-9]{1,2})?$', description: 'Decimal, not below zero' })
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
        'When it happened, in UTC; now when left out. What is older than 15 minutes counts in no window, as it is late',
    }),
  },
  { additionalProperties: false },
)
export type NewTransaction = Static<typeof NewTransaction>

/** A transaction as it is recorded. */
export const RecordedTransaction = Type.Object({
  transaction_id: Uuid,
  customer_id: Uuid,
  account_id: Uuid,
  to_account_id: orNull(Uuid),
  merchant_id: orNull(Uuid),
  transaction_type: oneOf(TRANSACTION_TYPES),
  amount: Type.String(),
  currency: Type.String(),
  fx_rate: Type.String({ description: 'US dollars for one unit of the currency' }),
  amount_usd: Type.String(),
  fee_amount: Type.String({ description: 'US dollars' }),
  status: oneOf(TRANSACTION_STATUSES),
  channel: orNull(oneOf(CHANNELS)),
  is_cross_border: Type.Boolean(),
  risk_score: Type.String({ description: '0 to 100' }),
  risk_level: oneOf(RISK_LEVELS),
  compliance_flags: Type.Array(oneOf(COMPLIANCE_FLAGS)),
  original_transaction_id: orNull(Uuid),
  created_at: Instant,
})
export type RecordedTransaction = Static<typeof RecordedTransaction>
