import { type Database, Batcher } from '@fintech-streams/postgres'
import { type Order, type Sender, type SendersRequest } from './senders.ts'

/** Statements with one order and one range of days that run at the same time. */
const STATEMENTS_MAX = 2
/** Requests that one statement answers. */
const BATCH_SIZE_MAX = 100
/** Requests that wait; more are refused. */
const QUEUE_MAX = 5_000

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
  /** The request's number in the batch, from 1. */
  at: number
  from_account_id: string
  transaction_count: string
  amount_minor: string
}

/**
 * Reads top senders from the tables. Requests with the same order and range of days share a statement when they come
 * together, which costs a fraction of one statement each; a single request does not wait.
 */
export class SenderQueries {
  readonly #database: Database
  readonly #batcher: Batcher<SendersRequest, Sender[]>

  constructor(database: Database) {
    this.#database = database
    this.#batcher = new Batcher(
      { concurrency: STATEMENTS_MAX, batchSizeMax: BATCH_SIZE_MAX, queueMax: QUEUE_MAX },
      ({ orderBy, days }) => `${orderBy} ${days?.from} ${days?.to}`,
      (requests) => this.#run(requests),
    )
  }

  /** @throws Problem `unavailable` while the database is down. */
  read(request: SendersRequest): Promise<Sender[]> {
    return this.#batcher.request(request)
  }

  async #run(requests: readonly SendersRequest[]): Promise<Sender[][]> {
    const { orderBy, days } = requests[0]!
    const asked = [
      `{${requests.map(({ accountId }) => accountId).join(',')}}`,
      `{${requests.map(({ limit }) => limit).join(',')}}`,
    ]
    const rows = await this.#database.query<SenderRow>(
      days === undefined
        ? { name: `top_senders_by_${orderBy}`, text: allTimeSql(orderBy), values: asked }
        : // Not a prepared statement: planned with its days, it looks at their partitions only.
          { text: daysSql(orderBy), values: [...asked, days.from, days.to] },
    )
    const responses: Sender[][] = requests.map(() => [])
    for (const row of rows) responses[row.at - 1]?.push(senderOf(row))
    return responses
  }
}

const senderOf = ({ from_account_id, transaction_count, amount_minor }: SenderRow): Sender => ({
  fromAccountId: from_account_id,
  transactionCount: Number(transaction_count),
  amountMinor: amount_minor,
})
