import { parseInstant, parseMinor } from '@fintech-streams/contracts'
import {
  changeOf,
  type FxRates,
  Market,
  Random,
  readLatestPrices,
  readParties,
  writeNew,
} from '@fintech-streams/generator'
import { type Database, isDataError, type PgClient } from '@fintech-streams/postgres'
import { Problem } from '@fintech-streams/service'
import { checkTogether, factsOf, normalised } from './facts.ts'
import { type NewTransaction, type RecordedTransaction } from './schema.ts'

/** Rates change once a minute. */
const RATES_KEPT_MS = 10_000

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

/**
 * Records transactions from outside by the generator's own write path: row, balance, alert and outbox events in one
 * database transaction, idempotent by the transaction's id.
 */
export class Recording {
  readonly #database: Database
  #rates: { fxRates: FxRates; readMs: number } | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Records a transaction unless it is there.
   * @returns what is recorded, the same for the same request, and whether it was there.
   * @throws Problem `conflict` when something else has this id; `unprocessable` for unknown parties and amounts beyond
   *   what a balance can hold; `unavailable` when the database is down: the same request again is safe.
   */
  async record(request: NewTransaction): Promise<{ recorded: RecordedTransaction; wasThere: boolean }> {
    const given = normalised(request)
    const nowMs = Date.now()
    checkTogether(given, nowMs)
    return this.#database.withClient(async (client) => {
      const known = await find(client, given)
      if (known !== undefined) return { recorded: sameOrConflict(known, given), wasThere: true }
      const wasThere = await this.#write(client, given, nowMs)
      const written = await find(client, given)
      if (written === undefined) throw new Error(`transaction ${given.transaction_id} was written and is not there`)
      return { recorded: sameOrConflict(written, given), wasThere }
    })
  }

  async #write(client: PgClient, given: NewTransaction, nowMs: number): Promise<boolean> {
    const accounts = [given.account_id, given.to_account_id].filter((id) => id !== undefined)
    const merchants = given.merchant_id === undefined ? [] : [given.merchant_id]
    const parties = await readParties(client, { customers: [given.customer_id], accounts, merchants })
    const fxRates = await this.#fxRates(client)
    try {
      // Seeded by the id: whoever records it, and however often, draws the same score and the same ids of events.
      const random = new Random('recorded', given.transaction_id)
      const change = changeOf(factsOf(given, parties, fxRates, nowMs), random, fxRates)
      return (await writeNew(client, [change])).has(given.transaction_id)
    } catch (error) {
      if (error instanceof RangeError || isDataError(error)) {
        throw new Problem('unprocessable', `this cannot be recorded: ${error.message}`, { cause: error })
      }
      throw error
    }
  }

  async #fxRates(client: PgClient): Promise<FxRates> {
    const nowMs = performance.now()
    if (this.#rates === undefined || nowMs - this.#rates.readMs > RATES_KEPT_MS) {
      const market = new Market(new Random('recorded'), await readLatestPrices(client))
      this.#rates = { fxRates: market.fxRates, readMs: nowMs }
    }
    return this.#rates.fxRates
  }
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
function sameOrConflict(row: FoundRow, given: NewTransaction): RecordedTransaction {
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
  if (different === undefined) return row
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
