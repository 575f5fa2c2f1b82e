import { MINUTE_MS, TRANSACTIONS_TOPIC, UUID_PATTERN } from '@fintech-streams/contracts'
import { type Client } from 'pg'
import { type Minutes, type Tally } from './minutes.ts'

/** In any text: a malformed record need not be JSON, and of a large one a dead letter holds only the beginning. */
const TRANSACTION_ID = new RegExp(`"transaction_id"\\s*:\\s*"(${UUID_PATTERN})"`)

/** What the database says of the transactions of some time, all of it as of one moment. */
export interface PostgresSide {
  /** Rows of `transactions`. */
  readonly source: Minutes
  /** Verdicts, by the time of their transaction. */
  readonly verdicts: Minutes
  /** Beyond the duplicate horizon when they came first, so that no job counted them. */
  readonly beyondHorizon: Minutes
  /** Malformed records of theirs, if no other became a verdict. */
  readonly deadLettered: Minutes
  /** Late for their minute of `dashboard_metrics`, but counted by others. */
  readonly lateForMinute: Minutes
  /** Results of `dashboard_metrics`. */
  readonly dashboards: Minutes
  /** The minutes before this one are closed; none when there is no result yet. */
  readonly closedBeforeMinute: number
  /** Rows whose amount is NaN, which count without an amount, or whose time is none, which do not count. */
  readonly uncountable: number
}

const minuteOf = (column: string): string => `floor(extract(epoch from ${column}) / 60)::integer`

/** Minor units as a whole number; 0 where nothing is to be added up. An old row's amount can be NaN. */
const minor = (column: string): string =>
  `coalesce(sum(${column}) filter (where ${column} <> 'NaN') * 100, 0)::numeric(38, 0)::text`

/** Times of rows that were written before the database refused infinite ones. */
const IS_TIME = `created_at between '0001-01-01Z' and '9999-12-31T23:59:59.999Z'`

const SOURCE = `select ${minuteOf('created_at')} as minute, count(*) as count, ${minor('amount_usd')} as minor
  from transactions where created_at >= $1 and created_at < $2 group by 1`

const VERDICTS = `select ${minuteOf('event_time')} as minute, count(*) as count, ${minor('amount_usd')} as minor
  from analytics.fraud_detection where event_time >= $1 and event_time < $2 group by 1`

/** One that has a verdict was counted when it came first, and late when it came again. */
const BEYOND_HORIZON = `select ${minuteOf('l.event_time')} as minute, count(*) as count, ${minor('t.amount_usd')} as minor
  from analytics.late l left join transactions t using (transaction_id)
  where l.event_time >= $1 and l.event_time < $2 and l.job = '*'
    and not exists (select from analytics.fraud_detection v where v.transaction_id = l.transaction_id) group by 1`

const LATE_FOR_MINUTE = `select ${minuteOf('l.event_time')} as minute, count(*) as count, ${minor('t.amount_usd')} as minor
  from analytics.late l left join transactions t using (transaction_id)
  where l.event_time >= $1 and l.event_time < $2 and l.job = 'dashboard_metrics' group by 1`

const DASHBOARDS = `select ${minuteOf('window_start')} as minute, sum(transaction_count) as count, ${minor('total_volume')} as minor
  from analytics.dashboard_metrics where window_start >= $1 and window_start < $2 group by 1`

const UNCOUNTABLE = `select count(*)::integer as count from transactions
  where not (${IS_TIME}) or (amount_usd = 'NaN' and created_at >= $1 and created_at < $2)`

const LAST_CLOSED = `select ${minuteOf('max(window_start)')} as minute from analytics.dashboard_metrics`

/** Their time says when they came, which is after the transaction. */
const DEAD_LETTERS = `select value_base64 from analytics.dead_letter where topic = $1 and timestamp >= $2`

const OUTCOME_OF_DEAD = `select ${minuteOf('t.created_at')} as minute, count(*) as count, ${minor('t.amount_usd')} as minor
  from transactions t where t.transaction_id = any($1::uuid[]) and t.created_at >= $2 and t.created_at < $3
    and not exists (select from analytics.fraud_detection v where v.transaction_id = t.transaction_id)
    and not exists (select from analytics.late l where l.transaction_id = t.transaction_id and l.job = '*') group by 1`

/** Looks at the event times from `fromMs` up to, but not, `cutMs`. Bounds are whole minutes. */
export async function postgresSide(client: Client, fromMs: number, cutMs: number): Promise<PostgresSide> {
  const bounds = [new Date(fromMs), new Date(cutMs)] as const
  await client.query('begin isolation level repeatable read read only')
  try {
    const { rows } = await client.query<{ minute: number | null }>(LAST_CLOSED)
    const last = rows[0]?.minute ?? null
    return {
      source: await minutes(client, SOURCE, bounds),
      verdicts: await minutes(client, VERDICTS, bounds),
      beyondHorizon: await minutes(client, BEYOND_HORIZON, bounds),
      deadLettered: await deadLettered(client, bounds),
      lateForMinute: await minutes(client, LATE_FOR_MINUTE, bounds),
      dashboards: await minutes(client, DASHBOARDS, bounds),
      uncountable: (await client.query<{ count: number }>(UNCOUNTABLE, [...bounds])).rows[0]?.count ?? 0,
      closedBeforeMinute: last === null ? Math.floor(fromMs / MINUTE_MS) : last + 1,
    }
  } finally {
    await client.query('rollback')
  }
}

async function minutes(client: Client, text: string, values: readonly unknown[]): Promise<Minutes> {
  const { rows } = await client.query<{ minute: number; count: string; minor: string }>(text, [...values])
  return new Map(
    rows.map((row): [number, Tally] => [row.minute, { count: Number(row.count), minor: BigInt(row.minor) }]),
  )
}

async function deadLettered(client: Client, bounds: readonly [Date, Date]): Promise<Minutes> {
  const { rows } = await client.query<{ value_base64: string | null }>(DEAD_LETTERS, [TRANSACTIONS_TOPIC, bounds[0]])
  const ids = rows.map(
    ({ value_base64 }) => TRANSACTION_ID.exec(String(Buffer.from(value_base64 ?? '', 'base64')))?.[1],
  )
  const known = [...new Set(ids.filter((id) => id !== undefined))]
  return known.length === 0 ? new Map() : minutes(client, OUTCOME_OF_DEAD, [known, ...bounds])
}

/** The minute of the first transaction, in milliseconds; undefined when there is none. */
export async function firstMinuteMs(client: Client): Promise<number | undefined> {
  const text = `select ${minuteOf('min(created_at)')} as minute from transactions where ${IS_TIME}`
  const { rows } = await client.query<{ minute: number | null }>(text)
  const minute = rows[0]?.minute ?? null
  return minute === null ? undefined : minute * MINUTE_MS
}
