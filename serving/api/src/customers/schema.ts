import { ALERT_TYPES, type AlertType } from '../alerts/alert.ts'
import { type Static, Type } from 'typebox'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()])
const Uuid = Type.String({ format: 'uuid' })
const Instant = Type.String({ format: 'date-time' })
const Money = Type.String({ description: 'A decimal' })

export const CustomerTransaction = Type.Object({
  transaction_id: Uuid,
  created_at: Instant,
  transaction_type: Type.String(),
  status: Type.String(),
  amount: Money,
  currency: Type.String(),
  amount_usd: Money,
  account_id: Uuid,
  to_account_id: nullable(Uuid),
  channel: nullable(Type.String()),
  merchant: nullable(Type.String()),
  merchant_category: nullable(Type.String()),
  city: nullable(Type.String()),
  country: nullable(Type.String()),
  is_cross_border: Type.Boolean(),
  risk_level: Type.String(),
  compliance_flags: Type.Array(Type.String()),
  verdict: Type.String(),
  anomaly_type: nullable(Type.Unsafe<AlertType>({ type: 'string', enum: [...ALERT_TYPES] })),
})
export type CustomerTransaction = Static<typeof CustomerTransaction>

export const TransactionsPage = Type.Object({
  transactions: Type.Array(CustomerTransaction),
  next_cursor: nullable(Type.String()),
})
export type TransactionsPage = Static<typeof TransactionsPage>

export const Personal = Type.Object({
  first_name: Type.String(),
  last_name: Type.String(),
  email: Type.String(),
  phone: Type.String(),
  date_of_birth: Type.String({ format: 'date' }),
  address: Type.String(),
})

export const Customer = Type.Object({
  customer_id: Uuid,
  tier: Type.String(),
  kyc_status: Type.String(),
  city: Type.String(),
  country: Type.String(),
  risk_score: Type.Number({ description: 'As the bank’s own records have it, 0 to 100' }),
  credit_score: Type.Integer(),
  created_at: Instant,
  personal: nullable(
    Type.Object(Personal.properties, {
      description: 'Who the customer is: only for fraud_analyst, compliance and operations; null for others',
    }),
  ),
  accounts: Type.Array(
    Type.Object({
      account_id: Uuid,
      account_type: Type.String(),
      status: Type.String(),
      currency: Type.String(),
      balance: Money,
    }),
  ),
  results: Type.Array(
    Type.Object({
      job: Type.String(),
      result: nullable(
        Type.Record(Type.String(), Type.Unknown(), { description: 'The customer’s newest, as the job wrote it' }),
      ),
    }),
  ),
})
export type Customer = Static<typeof Customer>
