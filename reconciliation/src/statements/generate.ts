import { parseMinor } from '@fintech-streams/contracts'
import { type DuckDb, literal } from '../duckdb.ts'
import { type Lake } from '../lake/lake.ts'
import { filesOf } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { BREAKS, type BreakKind, planBreaks, type PlannedBreak } from './breaks.ts'
import { type UnnumberedLine, lineOf, type Settlement } from './unnumbered-lines.ts'
import { internalQuery } from './internal-query.ts'
import { type Statement } from './statement.ts'

/** What is known to be wrong, for whoever measures the matching. */
export interface BreakLabel {
  readonly kind: BreakKind
  readonly bank_id: string
  readonly transaction_ids: readonly string[]
  readonly bank_references: readonly string[]
}

/** What comes of some of a day's transactions. */
export interface GeneratedStatements {
  readonly statements: readonly Statement[]
  readonly labels: readonly BreakLabel[]
  readonly transactions: number
}

/** Transactions of a slice: a slice fits a small heap. */
const SLICE_TRANSACTIONS = 50_000

/**
 * The statements that the banks would send for a date's transactions, slice by slice, with breaks of every kind in each.
 * The same lake, share and seed give the same statements. What is settled a day late is on statements of the next day.
 */
export async function* generateStatements(
  lake: Lake,
  db: DuckDb,
  rules: Rules,
  options: { date: string; share: number; seed: string; sliceTransactions?: number },
): AsyncGenerator<GeneratedStatements> {
  const { date, share, seed, sliceTransactions = SLICE_TRANSACTIONS } = options
  const parts = new StatementParts(date)
  let slice: Settlement[] = []
  const next = (): GeneratedStatements => {
    const { lines, labels } = withBreaks(slice, share, seed)
    const transactions = slice.length
    slice = []
    return { statements: parts.add(lines), labels, transactions }
  }
  for await (const settlement of settlementsOf(lake, db, rules, date, seed)) {
    slice.push(settlement)
    if (slice.length >= sliceTransactions) yield next()
  }
  if (slice.length > 0) yield next()
  yield { statements: parts.end(), labels: [], transactions: 0 }
}

function withBreaks(settlements: readonly Settlement[], share: number, seed: string) {
  const planned = planBreaks(settlements, share)
  const broken = new Set(planned.flatMap((of) => of.settlements))
  const whole = settlements.filter((settlement) => !broken.has(settlement))
  const made = planned.map((of) => ({ of, lines: BREAKS[of.kind].lines(of.settlements, seed) }))
  const besides = planned.filter(({ kind }) => BREAKS[kind].isBesideItsLine).flatMap((of) => of.settlements)
  const right = [...whole, ...besides].map((settlement) => lineOf(settlement))
  return {
    lines: [...right, ...made.flatMap((of) => of.lines)],
    labels: made.map(({ of, lines }) => labelOf(of, lines)),
  }
}

async function* settlementsOf(
  lake: Lake,
  db: DuckDb,
  rules: Rules,
  date: string,
  seed: string,
): AsyncGenerator<Settlement> {
  const snapshot = await lake.manifest.latest()
  const transactions = await lake.scan(
    'transactions',
    filesOf(snapshot, 'transactions', (of) => of === date),
  )
  // In an order that only the seed decides: the first ones are those that get broken.
  const query = `select transaction_id, bank_id, cast(amount as varchar) as amount, currency, is_converted, direction,
      counterparty
    from (${internalQuery(rules, transactions)}) i
    order by md5(${literal(seed)} || transaction_id)`
  for await (const row of db.stream<SettlementRow>(query)) {
    yield {
      transactionId: row.transaction_id,
      bankId: row.bank_id,
      date,
      currency: row.currency,
      amountMinor: parseMinor(row.amount),
      isConverted: row.is_converted,
      direction: row.direction,
      counterparty: row.counterparty,
    }
  }
}

interface SettlementRow {
  transaction_id: string
  bank_id: string
  amount: string
  currency: string
  is_converted: boolean
  direction: 'CRDT' | 'DBIT'
  counterparty: string
}

const labelOf = ({ kind, settlements }: PlannedBreak, lines: readonly UnnumberedLine[]): BreakLabel => ({
  kind,
  bank_id: settlements[0].bankId,
  transaction_ids: BREAKS[kind].isBesideItsLine ? [] : settlements.map(({ transactionId }) => transactionId),
  bank_references: lines.map(({ bankReference }) => bankReference),
})

/** A file is read whole, so that of a large day has several parts. */
export const PART_LINES_MAX = 8_000

/**
 * Statements per bank and booking date, the lines of each in the order of the bank's references. All but the last of a day
 * are a part of it, and so is what a later day has of this one.
 */
class StatementParts {
  readonly #date: string
  readonly #waiting = new Map<string, { lines: UnnumberedLine[]; parts: number }>()

  constructor(date: string) {
    this.#date = date
  }

  /** @returns the parts that are full. */
  add(lines: readonly UnnumberedLine[]): Statement[] {
    for (const [key, group] of Map.groupBy(lines, ({ bankId, bookingDate }) => `${bankId}/${bookingDate}`)) {
      const { lines: before = [], parts = 0 } = this.#waiting.get(key) ?? {}
      const sorted = [...before, ...group].sort((a, b) => (a.bankReference < b.bankReference ? -1 : 1))
      this.#waiting.set(key, { lines: sorted, parts })
    }
    return this.#take((lines) => lines.length > PART_LINES_MAX)
  }

  /** @returns the last part of each. */
  end(): Statement[] {
    return this.#take((lines) => lines.length > 0)
  }

  #take(isDue: (lines: readonly UnnumberedLine[]) => boolean): Statement[] {
    return [...this.#waiting]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, of]) => {
        const statements: Statement[] = []
        while (isDue(of.lines)) {
          const taken = of.lines.splice(0, PART_LINES_MAX)
          of.parts += 1
          statements.push(partOf(taken, of.parts, of.lines.length > 0, this.#date))
        }
        return statements
      })
  }
}

function partOf(lines: readonly UnnumberedLine[], part: number, hasMore: boolean, date: string): Statement {
  const [first] = lines
  if (first === undefined) throw new Error('a part of a statement has a line')
  const { bankId, bookingDate } = first
  const numbered = lines.map((line, at) => ({ ...line, lineNumber: at + 1 }))
  return { bankId, date: bookingDate, lines: numbered, isPartial: hasMore || bookingDate !== date, part }
}
