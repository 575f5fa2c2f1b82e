import { seconds } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import {
  type Change,
  changeOf,
  divideE8,
  type FxRates,
  insertParties,
  isUniqueViolation,
  multiplyE8,
  type Parties,
  readFxRates,
  readParties,
  writeNew,
} from '@fintech-streams/ledger'
import { type SteadyConnection } from '../write/steady-connection.ts'
import { newcomersOf } from './newcomers.ts'
import { type ImportedTransaction, Reject } from './parse.ts'
import { type Line } from './read-file.ts'

/** Lines written in one database transaction. */
const GROUP = 1_000
/** What comes further behind an earlier line is late for a running stream. */
const OUT_OF_ORDER_MS = seconds(5)

export interface ImportOptions {
  /** The file from its first line on; asked for again for each pass over it. */
  lines: () => AsyncIterable<Line>
  connection: SteadyConnection
  signal: AbortSignal
  /** Moves all times by the same amount, so that the last one is now. */
  shiftToNow: boolean
  /** Receives each line that is not imported. */
  reject: (line: { number: number; text: string; reason: string }) => Promise<void>
  /** Called after each group. */
  observe: (totals: ImportTotals) => void
}

export interface ImportTotals {
  written: number
  /** There already, from an earlier run or twice in the file. */
  known: number
  rejected: number
  /** Written, but more than five seconds behind an earlier line. */
  outOfOrder: number
  /** Added to each time. */
  shiftMs: number
  isComplete: boolean
}

type Good = Extract<Line, { transaction: ImportedTransaction }>

/**
 * Writes a file's transactions in its order, each once: a second run, after a stop or whenever, writes what is missing.
 * @throws OperatingError when the database stays away; what was written stays, and the next run goes on from there.
 */
export async function importFile(options: ImportOptions): Promise<ImportTotals> {
  return new Import(options).run()
}

class Import {
  readonly #options: ImportOptions
  readonly #totals: ImportTotals = {
    written: 0,
    known: 0,
    rejected: 0,
    outOfOrder: 0,
    shiftMs: 0,
    isComplete: false,
  }
  #isShiftKnown = false
  #lastMs = -Infinity

  constructor(options: ImportOptions) {
    this.#options = options
  }

  async run(): Promise<ImportTotals> {
    const { lines, signal, shiftToNow } = this.#options
    const newestMs = shiftToNow ? await this.#newestTime() : undefined
    let group: Good[] = []
    for await (const line of lines()) {
      if (signal.aborted) break
      if ('reason' in line) await this.#reject(line)
      else group.push(line)
      if (group.length < GROUP) continue
      await this.#writeGroup(group, newestMs)
      group = []
    }
    if (!signal.aborted) {
      if (group.length > 0) await this.#writeGroup(group, newestMs)
      this.#totals.isComplete = true
    }
    return this.#totals
  }

  async #newestTime(): Promise<number> {
    let newestMs = -Infinity
    for await (const line of this.#options.lines()) {
      if (this.#options.signal.aborted) break
      if ('transaction' in line) newestMs = Math.max(newestMs, line.transaction.atMs)
    }
    return newestMs
  }

  async #writeGroup(lines: readonly Good[], newestMs: number | undefined): Promise<void> {
    const { connection, observe } = this.#options
    if (newestMs !== undefined && !this.#isShiftKnown) {
      this.#totals.shiftMs = await connection.run('the import', (client) => findShift(client, lines, newestMs))
      this.#isShiftKnown = true
    }
    const { shiftMs } = this.#totals
    const shifted = lines.map((line) => ({
      ...line,
      transaction: { ...line.transaction, atMs: line.transaction.atMs + shiftMs },
    }))
    const { rejects, written, known } = await connection.run(`${lines.length} lines`, (client) =>
      writeLines(client, shifted),
    )
    for (const line of rejects) await this.#reject(line)
    for (const { transaction } of written) this.#follow(transaction.createdAtMs)
    this.#totals.written += written.length
    this.#totals.known += known
    observe(this.#totals)
  }

  #follow(atMs: number): void {
    if (atMs < this.#lastMs - OUT_OF_ORDER_MS) this.#totals.outOfOrder += 1
    this.#lastMs = Math.max(this.#lastMs, atMs)
  }

  async #reject(line: { number: number; text: string; reason: string }): Promise<void> {
    this.#totals.rejected += 1
    await this.#options.reject(line)
  }
}

/** The shift of an earlier run that did not finish, so that a file is moved as one; else from its last time to now. */
async function findShift(client: ClientBase, lines: readonly Good[], newestMs: number): Promise<number> {
  const { rows } = await client.query<{ transaction_id: string; created_at: Date }>(
    'select transaction_id, created_at from transactions where transaction_id = any($1::uuid[]) limit 1',
    [lines.map(({ transaction }) => transaction.transactionId)],
  )
  const [stored] = rows
  const line = lines.find(({ transaction }) => transaction.transactionId === stored?.transaction_id)
  if (stored === undefined || line === undefined) return Date.now() - newestMs
  return stored.created_at.getTime() - line.transaction.atMs
}

interface Written {
  written: Change[]
  known: number
  rejects: { number: number; text: string; reason: string }[]
}

/** Another import can make the same newcomers between the look and the insert. */
const ATTEMPTS_MAX = 5

async function writeLines(client: ClientBase, lines: readonly Good[]): Promise<Written> {
  const parties = await bringIn(
    client,
    lines.map(({ transaction }) => transaction),
  )
  const fxRates = await readFxRates(client)
  const changes = new Map<string, Change>()
  const rejects: Written['rejects'] = []
  let twice = 0
  for (const { number, text, transaction } of lines) {
    if (changes.has(transaction.transactionId)) {
      twice += 1
      continue
    }
    try {
      changes.set(transaction.transactionId, importedChange(transaction, parties, fxRates))
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof Reject)) throw error
      rejects.push({ number, text, reason: error.message })
    }
  }
  const known = await writeNew(client, [...changes.values()])
  for (const id of known) changes.delete(id)
  return { written: [...changes.values()], known: known.size + twice, rejects }
}

/** Makes the customers, accounts and merchants that are missing, and returns all that the transactions name. */
async function bringIn(client: ClientBase, transactions: readonly ImportedTransaction[]): Promise<Parties> {
  const unique = (ids: (string | undefined)[]): string[] => [...new Set(ids.filter((id) => id !== undefined))]
  const ids = {
    customers: unique(transactions.map(({ customerId }) => customerId)),
    accounts: unique(transactions.flatMap(({ accountId, toAccountId }) => [accountId, toAccountId])),
    merchants: unique(transactions.map(({ merchant }) => merchant?.merchantId)),
  }
  for (let attempt = 1; ; attempt += 1) {
    const parties = await readParties(client, ids)
    const newcomers = newcomersOf(transactions, parties)
    const { customers, accounts, merchants } = newcomers
    if (customers.length + accounts.length + merchants.length === 0) return parties
    await client.query('begin')
    try {
      await insertParties(client, newcomers)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      if (!isUniqueViolation(error) || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

/** @throws Reject or RangeError when the line cannot be booked. */
function importedChange(transaction: ImportedTransaction, parties: Parties, fxRates: FxRates): Change {
  const { transactionId, atMs, customerId, accountId, toAccountId, merchant } = transaction
  if (atMs > Date.now()) throw new Reject('created_at is in the future')
  const customer = parties.customers.get(customerId)
  const account = parties.accounts.get(accountId)
  if (customer === undefined || account === undefined)
    throw new Reject('the customer or the account was deleted meanwhile')
  const toAccount = toAccountId === undefined ? undefined : parties.accounts.get(toAccountId)
  const knownMerchant = merchant === undefined ? undefined : parties.merchants.get(merchant.merchantId)
  const { type, amountMinor, currency, feeMinor, status, channel, location, device, ip } = transaction
  const { originalTransactionId, typology, riskScore } = transaction
  const facts = { transactionId, atMs, customer, account, type, amountMinor, currency, feeMinor, status }
  const optional = {
    toAccountId,
    toAccount,
    merchant: knownMerchant,
    channel,
    location,
    device,
    ip,
    originalTransactionId,
    typology,
    risk: riskScore === undefined ? undefined : { score: riskScore },
  }
  return changeOf({ ...facts, ...priceOf(transaction, fxRates), ...optional }, fxRates)
}

/** What the line says of its price in dollars, or what follows from the rate of its currency. */
function priceOf({ amountMinor, currency, fxRateE8, amountUsdMinor }: ImportedTransaction, fxRates: FxRates) {
  if (fxRateE8 === undefined && amountUsdMinor !== undefined && amountMinor > 0) {
    return { fxRateE8: Math.max(1, divideE8(amountUsdMinor, amountMinor)), amountUsdMinor }
  }
  const rate = fxRateE8 ?? fxRates(currency)
  if (rate === undefined) throw new Reject(`there is no rate for ${currency}: give fx_rate or amount_usd`)
  return { fxRateE8: rate, amountUsdMinor: amountUsdMinor ?? multiplyE8(amountMinor, rate) }
}
