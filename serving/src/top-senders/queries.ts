import { type Database } from '../database/database.ts'
import { Gathered } from '../database/gathered.ts'
import { type Order, type Sender, type SendersQuestion } from './senders.ts'

/** Questions that one statement answers, and statements at a time. */
const QUESTIONS_MAX = 100
const STATEMENTS_MAX = 4
/** Questions that wait; more are refused. */
const WAITING_MAX = 5_000

/** Within a power of two the rows are sorted as they are read; among equals the order is always the same. */
const ALL_TIME_ORDER: Readonly<Record<Order, string>> = {
  amount: 'amount_power desc, amount_minor desc, transaction_count desc, from_account_id',
  count: 'count_power desc, transaction_count desc, amount_minor desc, from_account_id',
}
const DAYS_ORDER: Readonly<Record<Order, string>> = {
  amount: 'amount_minor desc, transaction_count desc, from_account_id',
  count: 'transaction_count desc, amount_minor desc, from_account_id',
}

/** The largest senders of each of several accounts: one walk over the first entries of an index, per account. */
export const allTimeSql = (orderBy: Order): string => `
  select asked.at::integer as at, top.from_account_id, top.transaction_count, top.amount_minor
  from unnest($1::uuid[], $2::integer[]) with ordinality as asked (account_id, row_limit, at)
  cross join lateral (
    select from_account_id, transaction_count, amount_minor from serving.top_senders
    where to_account_id = asked.account_id order by ${ALL_TIME_ORDER[orderBy]} limit asked.row_limit
  ) as top
  order by asked.at`

/** The largest senders of one account within some days: one index scan in each day's partition. */
export const daysSql = (orderBy: Order): string => `
  select from_account_id, transaction_count, amount_minor from (
    select from_account_id, sum(transaction_count)::bigint as transaction_count, sum(amount_minor)::numeric as amount_minor
    from serving.top_senders_daily where to_account_id = $1 and day between $2::date and $3::date
    group by from_account_id
  ) as pair
  order by ${DAYS_ORDER[orderBy]} limit $4`

interface SenderRow {
  from_account_id: string
  transaction_count: string
  amount_minor: string
}

interface AskedSenderRow extends SenderRow {
  /** The question's place, from 1. */
  at: number
}

type AllTimeQuestion = Pick<SendersQuestion, 'accountId' | 'limit'>

/**
 * Answers from the tables. Questions of all time that come while the connections are busy share the next statement, which
 * costs the database and this process a fraction of one statement each; one that comes alone does not wait.
 */
export class SenderQueries {
  readonly #database: Database
  readonly #allTime: Readonly<Record<Order, Gathered<AllTimeQuestion, Sender[]>>>

  constructor(database: Database) {
    this.#database = database
    const gathered = (orderBy: Order) =>
      new Gathered(
        { atOnce: STATEMENTS_MAX, together: QUESTIONS_MAX, waiting: WAITING_MAX },
        (questions: readonly AllTimeQuestion[]) => this.#readAllTime(orderBy, questions),
      )
    this.#allTime = { amount: gathered('amount'), count: gathered('count') }
  }

  /** @throws Problem `unavailable` while the database is down. */
  async read({ accountId, orderBy, limit, days }: SendersQuestion): Promise<Sender[]> {
    if (days === undefined) return this.#allTime[orderBy].ask({ accountId, limit })
    // Not a prepared statement: planned with its days, it looks at their partitions only.
    const rows = await this.#database.query<SenderRow>({
      text: daysSql(orderBy),
      values: [accountId, days.from, days.to, limit],
    })
    return rows.map(senderOf)
  }

  async #readAllTime(orderBy: Order, questions: readonly AllTimeQuestion[]): Promise<Sender[][]> {
    const rows = await this.#database.query<AskedSenderRow>({
      name: `top_senders_by_${orderBy}`,
      text: allTimeSql(orderBy),
      values: [
        `{${questions.map(({ accountId }) => accountId).join(',')}}`,
        `{${questions.map(({ limit }) => limit).join(',')}}`,
      ],
    })
    const answers: Sender[][] = questions.map(() => [])
    for (const row of rows) answers[row.at - 1]?.push(senderOf(row))
    return answers
  }
}

const senderOf = ({ from_account_id, transaction_count, amount_minor }: SenderRow): Sender => ({
  fromAccountId: from_account_id,
  transactionCount: Number(transaction_count),
  amountMinor: amount_minor,
})
