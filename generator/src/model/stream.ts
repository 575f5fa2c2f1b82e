import { type Change, isDebit } from '@fintech-streams/ledger'
import { Random } from '../random.ts'
import { AvailableFunds } from './available-funds.ts'
import { canPay, carryOut, type NewTransaction, type Context } from './new-transaction.ts'
import { FraudScheduler } from './fraud/scheduler.ts'
import { Market } from './market.ts'
import { depositTransaction, ordinaryTransaction } from './ordinary.ts'
import { type Population } from './population.ts'
import { type Quote, type Session } from './records.ts'
import { Reversals } from './reversals.ts'
import { SessionBook } from './sessions.ts'

/** What is written together. Changes are in order of event time. */
export interface Batch {
  changes: Change[]
  sessions: Session[]
  quotes: Quote[]
}

export function emptyBatch(): Batch {
  return { changes: [], sessions: [], quotes: [] }
}

/** A customer who cannot pay fills the account up this often, and is refused otherwise. */
const FILL_UP_SHARE = 0.85

export interface StreamOptions {
  /** The same seed, start, population and times give the same rows. */
  seed: number
  startMs: number
  population: Population
  /** Share of the transactions that belong to a fraud, 0 to 1. */
  fraudShare: number
  /** Last known prices by symbol, in units of 10^-8. */
  latestPrices?: ReadonlyMap<string, number>
}

/** Everything that happens, one transaction after the other. It knows no clock: whoever asks says what time it is. */
export class TransactionStream {
  readonly #population: Population
  readonly #context: Context
  readonly #fraud: FraudScheduler
  readonly #reversals: Reversals
  readonly #sessions: SessionBook
  #lastMs = -Infinity

  constructor({ seed, startMs, population, fraudShare, latestPrices }: StreamOptions) {
    const random = (part: string): Random => new Random(seed, startMs, part)
    const market = new Market(random('market'), latestPrices)
    this.#population = population
    this.#context = { random: random('transactions'), market, funds: new AvailableFunds() }
    this.#fraud = new FraudScheduler(fraudShare, { population, market, random: random('fraud') })
    this.#reversals = new Reversals(random('reversals'))
    this.#sessions = new SessionBook(random('sessions'))
  }

  /** Adds the next transaction, and what else happened by then, to the batch. Times must not go back. */
  next(atMs: number, batch: Batch): Change {
    if (atMs < this.#lastMs) throw new RangeError('event time went back')
    this.#lastMs = atMs
    const quotes = this.#context.market.advance(atMs)
    if (quotes.length > 0) {
      batch.quotes.push(...quotes)
      batch.sessions.push(...this.#sessions.expire(atMs))
    }
    const transaction = this.#fraud.next(atMs) ?? this.#reversals.next() ?? this.#ordinary(atMs)
    const change = carryOut(transaction, atMs, this.#context)
    batch.changes.push(change)
    this.#reversals.remember(transaction, change)
    const session = this.#sessions.follow(change)
    if (session !== undefined) batch.sessions.push(session)
    return change
  }

  /** Ends what is still open, at a clean stop. */
  finish(batch: Batch): void {
    batch.sessions.push(...this.#sessions.closeAll())
  }

  #ordinary(atMs: number): NewTransaction {
    const { random } = this.#context
    const member = this.#population.pick(random)
    const transaction = ordinaryTransaction(member, this.#population, random)
    if (!isDebit(transaction.type) || canPay(transaction, atMs, this.#context) || !random.chance(FILL_UP_SHARE))
      return transaction
    return depositTransaction(member, transaction.account, transaction.amountMinor, random)
  }
}
