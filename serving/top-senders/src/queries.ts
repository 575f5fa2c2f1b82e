import { type Database, Gathered } from '@fintech-streams/postgres'
import { type Order, type Sender, type SendersQuestion } from './senders.ts'

/** Statements of one kind at a time, and questions that one of them answers. */
const STATEMENTS_MAX = 2
const QUESTIONS_MAX = 100
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
export const allTimeSql = (orderBy: Order): string =>
  ofEachAccount(`
    select from_account_id, transaction_count, amount_minor from serving.top_senders
    where to_account_id = asked.account_id order by ${ALL_TIME_ORDER[orderBy]} limit asked.row_limit`)

/** The same within some days: per account, one index scan in each day's partition. */
export const daysSql = (orderBy: Order): string =>
  ofEachAccount(`
    select from_account_id, sum(transaction_count)::bigint as transaction_count, sum(amount_minor)::numeric as amount_minor
    from serving.top_senders_daily where to_account_id = asked.account_id and day between $3::date and $4::date
    group by from_account_id order by ${DAYS_ORDER[orderBy]} limit asked.row_limit`)

const ofEachAccount = (sql: string): string => `
  select asked.at::integer as at, top.from_account_id, top.transaction_count, top.amount_minor
  from unnest($1::uuid[], $2::integer[]) with ordinality as asked (account_id, row_limit, at)
  cross join lateral (${sql}
  ) as top
  order by asked.at`

interface SenderRow {
  /** The question's place, from 1. */
  at: number
  from_account_id: string
  transaction_count: string
  amount_minor: string
}

/**
 * Answers from the tables. Questions in the same order and of the same days share a statement when they come together,
 * which costs the database and this process a fraction of one statement each; one that comes alone does not wait.
 */
export class SenderQueries {
  readonly #database: Database
  readonly #gathered: Gathered<SendersQuestion, Sender[]>

  constructor(database: Database) {
    this.#database = database
    this.#gathered = new Gathered(
      { atOnce: STATEMENTS_MAX, together: QUESTIONS_MAX, waiting: WAITING_MAX },
      ({ orderBy, days }) => `${orderBy} ${days?.from} ${days?.to}`,
      (questions) => this.#answer(questions),
    )
  }

  /** @throws Problem `unavailable` while the database is down. */
  read(question: SendersQuestion): Promise<Sender[]> {
    return this.#gathered.ask(question)
  }

  async #answer(questions: readonly SendersQuestion[]): Promise<Sender[][]> {
    const { orderBy, days } = questions[0]!
    const asked = [
      `{${questions.map(({ accountId }) => accountId).join(',')}}`,
      `{${questions.map(({ limit }) => limit).join(',')}}`,
    ]
    const rows = await this.#database.query<SenderRow>(
      days === undefined
        ? { name: `top_senders_by_${orderBy}`, text: allTimeSql(orderBy), values: asked }
        : // Not a prepared statement: planned with its days, it looks at their partitions only.
          { text: daysSql(orderBy), values: [...asked, days.from, days.to] },
    )
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
