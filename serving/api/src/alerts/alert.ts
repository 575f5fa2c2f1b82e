import { ANOMALY_TYPES, FRAUD_VERDICTS, type RecordOf, RESULTS } from '@fintech-streams/contracts'
import { type Static, Type } from 'typebox'

/** What an alert can be of: the fraud verdicts but `NORMAL`, and the anomalies. */
export const ALERT_TYPES = [...FRAUD_VERDICTS.filter((verdict) => verdict !== 'NORMAL'), ...ANOMALY_TYPES] as const
export type AlertType = (typeof ALERT_TYPES)[number]

export const ALERT_KINDS = ['anomaly', 'fraud'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()])
const Uuid = Type.String({ format: 'uuid' })

/** Two things that a rule compared. */
export const Comparison = Type.Object({
  what: Type.String(),
  value: Type.String(),
  relation: Type.String({ description: 'such as `above`' }),
  limit: Type.String({ description: 'The threshold, or what follows from it' }),
})
export type Comparison = Static<typeof Comparison>

export const Alert = Type.Object({
  id: Type.String({ description: '`fraud/` or `anomaly/` and the transaction' }),
  kind: Type.Unsafe<AlertKind>({ type: 'string', enum: [...ALERT_KINDS] }),
  type: Type.Unsafe<AlertType>({ type: 'string', enum: [...ALERT_TYPES] }),
  score: Type.Number({ description: 'Of a fraud verdict 0 to 1; of an outlier its signed number of deviations' }),
  customer_id: Uuid,
  transaction_id: Uuid,
  account_id: nullable(Uuid),
  amount_usd: nullable(Type.String({ description: 'US dollars, as a decimal' })),
  event_time: Type.String({ format: 'date-time' }),
  rule_version: Type.String(),
  explanation: Type.String({ description: 'Why, in one sentence' }),
  comparisons: Type.Array(Comparison, { description: 'What the rule compared; each of them held' }),
  evidence: Type.Record(Type.String(), Type.Unknown(), { description: 'The numbers as the job wrote them' }),
  thresholds: nullable(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'Of the rule; null when its version is no longer known',
    }),
  ),
})
export type Alert = Static<typeof Alert>

export type FraudResult = RecordOf<(typeof RESULTS)['fraud_detection']['fields']>
export type AnomalyResult = RecordOf<(typeof RESULTS)['anomaly_detection']['fields']>

/** What a rule found, before it is put into words. */
export interface Finding {
  readonly kind: AlertKind
  readonly type: AlertType
  readonly score: number
  readonly customerId: string
  readonly transactionId: string
  readonly accountId: string | null
  readonly amountUsd: string | null
  readonly eventTime: string
  readonly ruleVersion: string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Undefined for a verdict that is no alert. */
export function fraudFinding(result: FraudResult): Finding | undefined {
  if (result.verdict === 'NORMAL') return undefined
  return {
    kind: 'fraud',
    type: result.verdict as AlertType,
    score: result.fraud_score,
    accountId: result.account_id,
    amountUsd: result.amount_usd,
    ...common(result),
  }
}

export function anomalyFinding(result: AnomalyResult): Finding {
  const { amount } = result.evidence
  return {
    kind: 'anomaly',
    type: result.anomaly_type as AlertType,
    score: result.anomaly_score,
    accountId: null,
    amountUsd: typeof amount === 'string' ? amount : null,
    ...common(result),
  }
}

const common = (result: FraudResult | AnomalyResult) => ({
  customerId: result.customer_id,
  transactionId: result.transaction_id,
  eventTime: result.event_time,
  ruleVersion: result.rule_version,
  evidence: result.evidence,
})
