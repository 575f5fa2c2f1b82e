import { type FieldKind, formatInstant, JOB_IDS, type JobId, RESULTS } from '@fintech-streams/contracts'
import { decodeEventTimeCursor } from '../alerts/event-time-cursor.ts'
import { type Database, isState, type PgClient, UNDEFINED_TABLE } from '@fintech-streams/postgres'
import { encodeCursor, queryDigest } from '../indexes/cursor.ts'
import { type Customer, type CustomerTransaction, type TransactionsPage } from './schema.ts'

const ACCOUNTS_MAX = 50
/** The result tables are made by the sink at its first start. */

const PROFILE = `select tier, kyc_status, city, country, risk_score::double precision as risk_score, credit_score,
    created_at, first_name, last_name, email, phone, date_of_birth::text as date_of_birth, address
  from customers where customer_id = $1`

const ACCOUNTS = `select account_id, account_type, status, currency, balance
  from accounts where customer_id = $1 order by balance desc, account_id limit ${ACCOUNTS_MAX}`

/** Transactions have no index by customer, verdicts do: there is one for each transaction that was counted. */
const TRANSACTIONS = `select transaction_id, paid.created_at, paid.transaction_type, paid.status, paid.amount, paid.currency,
    paid.amount_usd, paid.account_id, paid.to_account_id, paid.channel, merchants.name as merchant,
    paid.merchant_category, paid.transaction_location ->> 'city' as city,
    paid.transaction_location ->> 'country' as country, paid.is_cross_border, paid.risk_level, paid.compliance_flags,
    judged.verdict, anomaly.anomaly_type, judged.event_time
  from (select transaction_id, verdict, event_time from analytics.fraud_detection
      where customer_id = $1 and (event_time, transaction_id) < ($2::timestamptz, $3::uuid)
      order by event_time desc, transaction_id desc limit $4) as judged
    join transactions paid using (transaction_id)
    left join merchants using (merchant_id)
    left join analytics.anomaly_detection anomaly using (transaction_id)
  order by judged.event_time desc, transaction_id desc`

const FIRST_PAGE = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']

/** The jobs whose results are of a customer's windows. */
const CUSTOMER_JOBS: readonly JobId[] = JOB_IDS.filter((id) => RESULTS[id].key[0] === 'customer_id')

type ProfileRow = Omit<Customer, 'customer_id' | 'created_at' | 'personal' | 'accounts' | 'results'> &
  NonNullable<Customer['personal']> & { created_at: Date }

/** Customers as Postgres knows them: who they are, what they own, and what the jobs found last. */
export class Customers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * @param showsPersonal whether the caller may know who it is.
   * @returns undefined for a customer that does not exist.
   */
  async read(customerId: string, showsPersonal: boolean): Promise<Customer | undefined> {
    return this.#database.withClient(async (client) => {
      const [profile] = (await client.query<ProfileRow>(PROFILE, [customerId])).rows
      if (profile === undefined) return undefined
      const { first_name, last_name, email, phone, date_of_birth, address, created_at, ...known } = profile
      const accounts = (await client.query<Customer['accounts'][number]>(ACCOUNTS, [customerId])).rows
      const results: Customer['results'] = []
      for (const job of CUSTOMER_JOBS) results.push({ job, result: await lastResult(client, job, customerId) })
      return {
        customer_id: customerId,
        ...known,
        created_at: formatInstant(created_at.getTime()),
        personal: showsPersonal ? { first_name, last_name, email, phone, date_of_birth, address } : null,
        accounts,
        results,
      }
    })
  }

  /**
   * A page of the transactions that were judged, the newest first.
   * @throws Problem `invalid_request` for a cursor of another customer.
   */
  async transactions(customerId: string, limit: number, cursor: string | undefined): Promise<TransactionsPage> {
    const digest = queryDigest({ customerId, of: 'transactions' })
    const after = cursor === undefined ? FIRST_PAGE : decodeEventTimeCursor(cursor, FIRST_PAGE.length, digest)
    const rows = await this.#database
      .query<TransactionRow>({ text: TRANSACTIONS, values: [customerId, ...after, limit + 1] })
      .catch(noneWithoutTable)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      transactions: page.map(transactionOf),
      next_cursor:
        rows.length <= limit || last === undefined
          ? null
          : encodeCursor([formatInstant(last.event_time.getTime()), last.transaction_id], digest),
    }
  }
}

type TransactionRow = Omit<CustomerTransaction, 'created_at'> & { created_at: Date; event_time: Date }

const transactionOf = ({ event_time: _, created_at, ...row }: TransactionRow): CustomerTransaction => ({
  ...row,
  created_at: formatInstant(created_at.getTime()),
})

async function lastResult(client: PgClient, job: JobId, customerId: string): Promise<Record<string, unknown> | null> {
  const fields = Object.entries<FieldKind>(RESULTS[job].fields)
  const columns = fields.map(([name]) => `"${name}"`).join(', ')
  const text = `select ${columns} from analytics.${job} where customer_id = $1 order by window_start desc limit 1`
  const rows = await client
    .query<Record<string, unknown>>(text, [customerId])
    .then((result) => result.rows)
    .catch(noneWithoutTable)
  const [row] = rows
  if (row === undefined) return null
  return Object.fromEntries(fields.map(([name, kind]) => [name, valueOf(row[name], kind)]))
}

/** As the field is on the wire: the driver gives counts as texts and times as dates. */
function valueOf(value: unknown, kind: FieldKind): unknown {
  if (value instanceof Date) return formatInstant(value.getTime())
  return kind.startsWith('count') && value !== null ? Number(value) : value
}

function noneWithoutTable(error: unknown): never[] {
  if (isState(error, UNDEFINED_TABLE)) return []
  throw error
}
