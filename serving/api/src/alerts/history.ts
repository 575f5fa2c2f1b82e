import { formatInstant } from '@fintech-streams/contracts'
import { type Database } from '@fintech-streams/postgres'
import { encodeCursor, queryDigest } from '../indexes/cursor.ts'
import { ALERT_KINDS, type Alert, type AlertKind, type AlertType } from './alert.ts'
import { type Explainer } from './evidence.ts'
import { decodeEventTimeCursor } from './event-time-cursor.ts'

/** What is asked of the history; whatever is undefined does not restrict it. */
export interface AlertsRequest {
  readonly kind: AlertKind | undefined
  readonly types: readonly AlertType[] | undefined
  /** Of a score's size: outliers below the mean have negative ones. */
  readonly minScore: number | undefined
  readonly customerId: string | undefined
  readonly transactionId: string | undefined
  /** Event times, ISO-8601; `to` excluded. */
  readonly from: string | undefined
  readonly to: string | undefined
}

export interface AlertsPage {
  readonly alerts: Alert[]
  readonly nextCursor: string | null
}

interface Row {
  readonly kind: AlertKind
  readonly type: AlertType
  readonly transaction_id: string
  readonly customer_id: string
  readonly account_id: string | null
  readonly amount_usd: string | null
  readonly score: number
  readonly evidence: Record<string, unknown>
  readonly rule_version: string
  readonly event_time: Date
}

const KEY_COLUMNS = 3

/** Alerts as they are in the result tables, the newest first. */
export class AlertHistory {
  readonly #database: Database
  readonly #explainer: Explainer

  constructor(database: Database, explainer: Explainer) {
    this.#database = database
    this.#explainer = explainer
  }

  /**
   * A page of alerts. Pages go on where the one before ended, also when newer alerts have come meanwhile.
   * @throws Problem `invalid_request` for a cursor of another query, `unavailable` when Postgres is down.
   */
  async read(request: AlertsRequest, limit: number, cursor: string | undefined): Promise<AlertsPage> {
    const digest = queryDigest(request)
    const after = cursor === undefined ? undefined : decodeEventTimeCursor(cursor, KEY_COLUMNS, digest)
    const rows = await this.#rows(request, limit + 1, after)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const isLast = rows.length <= limit || last === undefined
    return {
      alerts: page.map((row) => this.#alert(row)),
      nextCursor: isLast
        ? null
        : encodeCursor([formatInstant(last.event_time.getTime()), last.kind, last.transaction_id], digest),
    }
  }

  async #rows(request: AlertsRequest, limit: number, after: readonly string[] | undefined): Promise<Row[]> {
    const [text, values] = statement(request, limit, after)
    return this.#database.query<Row>({ text, values })
  }

  #alert(row: Row): Alert {
    return this.#explainer.alert({
      kind: row.kind,
      type: row.type,
      score: row.score,
      customerId: row.customer_id,
      transactionId: row.transaction_id,
      accountId: row.account_id,
      amountUsd: row.amount_usd,
      eventTime: formatInstant(row.event_time.getTime()),
      ruleVersion: row.rule_version,
      evidence: row.evidence,
    })
  }
}

const TABLES = {
  fraud: { table: 'analytics.fraud_detection', type: 'verdict', score: 'fraud_score', own: `verdict <> 'NORMAL'` },
  anomaly: { table: 'analytics.anomaly_detection', type: 'anomaly_type', score: 'anomaly_score', own: 'true' },
} as const

/** Each table gives the newest of its own, by its index of event times; the amount of an anomaly is the verdict's. */
function statement(
  request: AlertsRequest,
  limit: number,
  after: readonly string[] | undefined,
): [text: string, values: unknown[]] {
  const values: unknown[] = []
  const value = (given: unknown): string => `$${values.push(given)}`
  const rows = value(limit)
  const kinds = request.kind === undefined ? ALERT_KINDS : [request.kind]
  const parts = kinds.map((kind) => {
    const { table, type, score, own } = TABLES[kind]
    const conditions = [own, ...conditionsOf(request, { type, score }, value)]
    if (after !== undefined) conditions.push(beyond(kind, after, value))
    return `(select '${kind}' as kind, transaction_id, customer_id, ${type} as type, ${score} as score, evidence,
        rule_version, event_time
      from ${table} where ${conditions.join(' and ')}
      order by event_time desc, transaction_id desc limit ${rows})`
  })
  const text = `select newest.kind, newest.type, newest.transaction_id, newest.customer_id, newest.score,
      newest.evidence, newest.rule_version, newest.event_time, judged.account_id, judged.amount_usd
    from (select kind, transaction_id, customer_id, type, score, evidence, rule_version, event_time
        from (${parts.join(' union all ')}) as either
        order by event_time desc, kind desc, transaction_id desc limit ${rows}) as newest
      left join analytics.fraud_detection judged using (transaction_id)
    order by newest.event_time desc, newest.kind desc, newest.transaction_id desc`
  return [text, values]
}

function conditionsOf(
  request: AlertsRequest,
  { type, score }: { type: string; score: string },
  value: (given: unknown) => string,
): string[] {
  const { types, minScore, customerId, transactionId, from, to } = request
  return [
    ...(types === undefined ? [] : [`${type} = any (${value(types)}::text[])`]),
    ...(minScore === undefined ? [] : [`abs(${score}) >= ${value(minScore)}`]),
    ...(customerId === undefined ? [] : [`customer_id = ${value(customerId)}::uuid`]),
    ...(transactionId === undefined ? [] : [`transaction_id = ${value(transactionId)}::uuid`]),
    ...(from === undefined ? [] : [`event_time >= ${value(from)}::timestamptz`]),
    ...(to === undefined ? [] : [`event_time < ${value(to)}::timestamptz`]),
  ]
}

/** What comes after a row in the order of event time, kind and transaction, all descending. */
function beyond(kind: AlertKind, after: readonly string[], value: (given: unknown) => string): string {
  const [time, afterKind, transaction] = after
  const at = `${value(time)}::timestamptz`
  if (kind < afterKind!) return `event_time <= ${at}`
  if (kind > afterKind!) return `event_time < ${at}`
  return `(event_time, transaction_id) < (${at}, ${value(transaction)}::uuid)`
}
