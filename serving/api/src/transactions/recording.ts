import { parseInstant, parseMinor } from '@fintech-streams/contracts'
import { DUPLICATE_HORIZON_MS } from '@fintech-streams/engine'
import {
  type Change,
  type FxRates,
  HistoryUnderWay,
  insertChanges,
  readFxRates,
  readParties,
  refuseDuringHistory,
  Refused,
  reportedChange,
  type ReportedTransaction,
  transactionRow,
} from '@fintech-streams/ledger'
import {
  type Database,
  inTransaction,
  isDataError,
  isState,
  type PgClient,
  UNIQUE_VIOLATION,
} from '@fintech-streams/postgres'
import { Problem } from '@fintech-streams/service'
import { normalised, reportedBy } from './request.ts'
import { type NewTransaction, type RecordedTransaction } from './schema.ts'

/** Rates change once a minute. */
const RATES_KEPT_MS = 10_000
/** History takes minutes. */
const RETRY_AFTER_HISTORY_S = 10

/** Instants as text, so that nothing depends on a session's settings. */
const FIND = `select transaction_id, customer_id, account_id, to_account_id, merchant_id, transaction_type, amount::text,
    currency, fx_rate::text, amount_usd::text, fee_amount::text, status, channel, transaction_location, is_cross_border,
    device_fingerprint, risk_score::text, risk_level, compliance_flags,
    original_transaction_id,
    to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at,
    ip_address is not distinct from $2::inet as same_ip_address
  from transactions where transaction_id = $1`

interface FoundRow extends RecordedTransaction {
  transaction_location: { country: string; city: string | null; lat: number | null; lon: number | null } | null
  device_fingerprint: string | null
  same_ip_address: boolean
}

/** The outcome of a request. */
export interface Recorded {
  /** The same for the same request, whenever it comes. */
  transaction: RecordedTransaction
  /** It was recorded by an earlier request. */
  wasThere: boolean
  /** It is so old that no job counts it. Not known of one that was there. */
  isLate: boolean
}

/**
 * Records transactions from outside by the ledger: row, balance and outbox events in one database transaction, idempotent
 * by the transaction's id.
 */
export class Recording {
  readonly #database: Database
  #rates: { fxRates: FxRates; readMs: number } | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Records a transaction unless it is there.
   * @throws Problem `conflict` when something else has this id; `unprocessable` for what the ledger refuses;
   *   `unavailable` when the database is down or history is being written: the same request again is safe.
   */
  async record(request: NewTransaction): Promise<Recorded> {
    const given = normalised(request)
    const nowMs = Date.now()
    const reported = reportedBy(given, nowMs)
    return this.#database.withClient(async (client) => {
      const known = await find(client, given)
      if (known !== undefined) return sameOrConflict(known, given)
      try {
        const change = await this.#write(client, reported)
        const transaction = transactionRow(change.transaction)
        return { transaction, wasThere: false, isLate: reported.atMs < nowMs - DUPLICATE_HORIZON_MS }
      } catch (error) {
        const winner = isState(error, UNIQUE_VIOLATION) ? await find(client, given) : undefined
        if (winner === undefined) throw problemOf(error)
        return sameOrConflict(winner, given)
      }
    })
  }

  async #write(client: PgClient, reported: ReportedTransaction): Promise<Change> {
    await refuseDuringHistory(client)
    const { customerId, accountId, toAccountId, merchantId } = reported
    const parties = await readParties(client, {
      customers: [customerId],
      accounts: toAccountId === undefined ? [accountId] : [accountId, toAccountId],
      merchants: merchantId === undefined ? [] : [merchantId],
    })
    const change = reportedChange(reported, parties, await this.#fxRates(client))
    await inTransaction(client, () => insertChanges(client, [change]))
    return change
  }

  async #fxRates(client: PgClient): Promise<FxRates> {
    const nowMs = performance.now()
    if (this.#rates === undefined || nowMs - this.#rates.readMs > RATES_KEPT_MS) {
      this.#rates = { fxRates: await readFxRates(client), readMs: nowMs }
    }
    return this.#rates.fxRates
  }
}

/** What is wrong with the request, or with the moment; any other error as it is. */
function problemOf(error: unknown): unknown {
  if (error instanceof HistoryUnderWay) {
    return new Problem('unavailable', error.message, { headers: { 'retry-after': `${RETRY_AFTER_HISTORY_S}` } })
  }
  if (error instanceof Refused) {
    const { field, message } = error
    return new Problem('unprocessable', message, { fields: [{ pointer: `/body/${field}`, message }] })
  }
  if (error instanceof RangeError || isDataError(error)) {
    return new Problem('unprocessable', `this cannot be recorded: ${error.message}`, { cause: error })
  }
  return error
}

async function find(client: PgClient, given: NewTransaction): Promise<FoundRow | undefined> {
  const { rows } = await client.query<FoundRow>({
    name: 'recorded',
    text: FIND,
    values: [given.transaction_id, given.ip_address],
  })
  return rows[0]
}

/** The recorded row, if it is what the request says; what the request leaves out must not be there, or be derived. */
function sameOrConflict(row: FoundRow, given: NewTransaction): Recorded {
  const different = Object.entries({
    customer_id: row.customer_id === given.customer_id,
    account_id: row.account_id === given.account_id,
    to_account_id: row.to_account_id === (given.to_account_id ?? null),
    merchant_id: row.merchant_id === (given.merchant_id ?? null),
    transaction_type: row.transaction_type === given.transaction_type,
    amount: parseMinor(row.amount) === parseMinor(given.amount),
    currency: row.currency === given.currency,
    fee_amount: given.fee_amount === undefined || parseMinor(row.fee_amount) === parseMinor(given.fee_amount),
    status: row.status === (given.status ?? 'COMPLETED'),
    channel: row.channel === (given.channel ?? null),
    location: sameLocation(row, given),
    device_fingerprint: row.device_fingerprint === (given.device_fingerprint ?? null),
    ip_address: row.same_ip_address,
    original_transaction_id: row.original_transaction_id === (given.original_transaction_id ?? null),
    created_at: given.created_at === undefined || parseInstant(row.created_at) === parseInstant(given.created_at),
  }).find(([, isSame]) => !isSame)?.[0]
  if (different === undefined) return { transaction: row, wasThere: true, isLate: false }
  throw new Problem('conflict', `transaction ${given.transaction_id} is recorded with another ${different}`, {
    fields: [{ pointer: `/body/${different}`, message: 'differs from what is recorded' }],
  })
}

function sameLocation({ transaction_location: found }: FoundRow, { location: given }: NewTransaction): boolean {
  if (found === null || given === undefined) return found === null && given === undefined
  return (
    found.country === given.country &&
    found.city === (given.city ?? null) &&
    found.lat === (given.lat ?? null) &&
    found.lon === (given.lon ?? null)
  )
}
