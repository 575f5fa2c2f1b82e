import { formatInstant, MoneyError, seconds, untimely } from '@fintech-streams/contracts'
import {
  type Change,
  type FxRates,
  insertParties,
  type Parties,
  readFxRates,
  readParties,
  Refused as RefusedByLedger,
  reportedChange,
  writeNew,
} from '@fintech-streams/ledger'
import { inTransaction, isDataError, isState, UNIQUE_VIOLATION } from '@fintech-streams/postgres'
import { type ClientBase } from 'pg'
import { type SteadyConnection } from '../write/steady-connection.ts'
import { type FileTimes } from './file-times.ts'
import { newcomersOf } from './newcomers.ts'
import { type ImportedTransaction } from './parse.ts'
import { type Good, type Line, type Refused } from './read-file.ts'
import { sortOut } from './sort-out.ts'

/** Lines written in one database transaction. */
const GROUP = 1_000
/** What comes further behind an earlier line is late for a running stream. */
const OUT_OF_ORDER_MS = seconds(5)

export interface ImportOptions {
  lines: AsyncIterable<Line>
  connection: SteadyConnection
  signal: AbortSignal
  /** When the lines are, if all times are to be moved by the same amount, so that the last one is now. */
  shift: FileTimes | undefined
  /** Called before each group is written. */
  mayWrite: () => Promise<void>
  /** Receives each line that is not imported. */
  reject: (line: { number: number; text: string; reason: string }) => Promise<void>
  /** Called after each group. */
  observe: (totals: ImportTotals) => void
}

export interface ImportTotals {
  /** Each is written, known or rejected, where the import is complete. */
  read: number
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

/**
 * Writes a file's transactions in its order, each once: a second run, after a stop or whenever, writes what is missing.
 * @throws OperatingError when the database stays away; what was written stays, and the next run goes on from there.
 */
export async function importFile(options: ImportOptions): Promise<ImportTotals> {
  return new Import(options).run()
}

class Import {
  readonly #options: ImportOptions
  readonly #judged: ReturnType<FileTimes['judge']> | undefined
  readonly #totals: ImportTotals = {
    read: 0,
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
    this.#judged = options.shift?.judge()
  }

  async run(): Promise<ImportTotals> {
    const { lines, signal } = this.#options
    let group: Good[] = []
    for await (const line of lines) {
      if (signal.aborted) break
      this.#totals.read += 1
      const reason = 'reason' in line ? line.reason : this.#judged?.outliers.reasonFor(line.transaction.atMs)
      if (reason !== undefined) await this.#reject({ ...line, reason })
      else if ('transaction' in line) group.push(line)
      if (group.length < GROUP) continue
      await this.#writeGroup(group)
      group = []
    }
    if (!signal.aborted && group.length > 0) await this.#writeGroup(group)
    this.#totals.isComplete = !signal.aborted
    return this.#totals
  }

  async #writeGroup(lines: readonly Good[]): Promise<void> {
    const { connection, observe, mayWrite, signal } = this.#options
    await mayWrite()
    if (signal.aborted) return
    const { newestMs } = this.#judged ?? {}
    if (newestMs !== undefined && !this.#isShiftKnown) {
      this.#totals.shiftMs = await connection.run('the import', (client) => findShift(client, lines, newestMs))
      this.#isShiftKnown = true
    }
    const { shiftMs } = this.#totals
    await this.#write(
      lines.map((line) => ({ ...line, transaction: { ...line.transaction, atMs: line.transaction.atMs + shiftMs } })),
    )
    observe(this.#totals)
  }

  /** Where some line cannot be booked, halves find out which one it is. */
  async #write(lines: readonly Good[]): Promise<void> {
    const [only] = lines
    try {
      const outcome = await this.#options.connection.run(`${lines.length} lines`, (client) => writeLines(client, lines))
      for (const line of outcome.rejects) await this.#reject(line)
      for (const { transaction } of outcome.written) this.#follow(transaction.createdAtMs)
      this.#totals.written += outcome.written.length
      this.#totals.known += outcome.known
    } catch (error) {
      if (!isFaultOfLine(error) || only === undefined) throw error
      if (lines.length === 1) return this.#reject({ ...only, reason: `it cannot be booked: ${error.message}` })
      const half = Math.ceil(lines.length / 2)
      await this.#write(lines.slice(0, half))
      await this.#write(lines.slice(half))
    }
  }

  #follow(atMs: number): void {
    if (atMs < this.#lastMs - OUT_OF_ORDER_MS) this.#totals.outOfOrder += 1
    this.#lastMs = Math.max(this.#lastMs, atMs)
  }

  async #reject({ number, text, reason }: Refused): Promise<void> {
    this.#totals.rejected += 1
    await this.#options.reject({ number, text, reason })
  }
}

/** A value that cannot be stored, or a balance that would leave its range: the fault of a line, not of the import. */
function isFaultOfLine(error: unknown): error is Error {
  if (error instanceof RangeError || error instanceof MoneyError) return true
  return isDataError(error) && !isState(error, UNIQUE_VIOLATION)
}

/**
 * The shift of an earlier run, so that a file that was stopped is moved as one, unless it now has later lines, which it
 * would move into the future; else from its last time to now.
 */
async function findShift(client: ClientBase, lines: readonly Good[], newestMs: number): Promise<number> {
  const { rows } = await client.query<{ transaction_id: string; created_at: Date }>(
    'select transaction_id, created_at from transactions where transaction_id = any($1::uuid[]) limit 1',
    [lines.map(({ transaction }) => transaction.transactionId)],
  )
  const [stored] = rows
  const line = lines.find(({ transaction }) => transaction.transactionId === stored?.transaction_id)
  const toNowMs = Date.now() - newestMs
  if (stored === undefined || line === undefined) return toNowMs
  return Math.min(stored.created_at.getTime() - line.transaction.atMs, toNowMs)
}

interface Written {
  written: Change[]
  known: number
  rejects: Refused[]
}

/** Another import can make the same newcomers between the look and the insert. */
const ATTEMPTS_MAX = 5

async function writeLines(client: ClientBase, lines: readonly Good[]): Promise<Written> {
  const { fresh, known, rejects } = await sortOut(client, lines)
  const nowMs = Date.now()
  // First, as a line that is refused for its time brings nobody in.
  const timely = fresh.filter(({ number, text, transaction: { atMs } }) => {
    const fault = untimely(atMs, nowMs)
    if (fault !== undefined)
      rejects.push({ number, text, reason: `created_at ${formatInstant(atMs)} ${fault.message}` })
    return fault === undefined
  })
  const parties = await bringIn(
    client,
    timely.map(({ transaction }) => transaction),
  )
  const fxRates = await readFxRates(client)
  const changes = new Map<string, Change>()
  for (const { number, text, transaction } of timely) {
    try {
      changes.set(transaction.transactionId, importedChange(transaction, parties, fxRates))
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof RefusedByLedger)) throw error
      rejects.push({ number, text, reason: error.message })
    }
  }
  const raced = await writeNew(client, [...changes.values()])
  for (const id of raced) changes.delete(id)
  return { written: [...changes.values()], known: known + raced.size, rejects }
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
    try {
      await inTransaction(client, () => insertParties(client, newcomers))
    } catch (error) {
      if (!isState(error, UNIQUE_VIOLATION) || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

/** @throws Refused or RangeError when the line cannot be booked. */
function importedChange(transaction: ImportedTransaction, parties: Parties, fxRates: FxRates): Change {
  const { currency, fxRateE8, merchant, riskScore } = transaction
  const risk = riskScore === undefined ? undefined : { score: riskScore }
  return reportedChange({ ...transaction, merchantId: merchant?.merchantId, risk }, parties, (code) =>
    // An account in this currency is booked at the rate that the line says.
    code === currency && fxRateE8 !== undefined ? fxRateE8 : fxRates(code),
  )
}
