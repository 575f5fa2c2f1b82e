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

export interface GeneratedStatements {
  readonly statements: readonly Statement[]
  readonly labels: readonly BreakLabel[]
  readonly transactions: number
}

/**
 * The statements that the banks would send for a date's transactions, with breaks of every kind. The same lake, share
 * and seed give the same statements. What is settled a day late is on statements of the next day. Holds the day's
 * completed transactions in memory: about 1 GB for two million.
 */
export async function generateStatements(
  lake: Lake,
  db: DuckDb,
  rules: Rules,
  options: { date: string; share: number; seed: string },
): Promise<GeneratedStatements> {
  const settlements = await settlementsOf(lake, db, rules, options.date, options.seed)
  const planned = planBreaks(settlements, options.share)
  const broken = new Set(planned.flatMap((of) => of.settlements))
  const whole = settlements.filter((settlement) => !broken.has(settlement))
  const made = planned.map((of) => ({ of, lines: BREAKS[of.kind].lines(of.settlements, options.seed) }))
  const besides = planned.filter(({ kind }) => BREAKS[kind].isBesideItsLine).flatMap((of) => of.settlements)
  const right = [...whole, ...besides].map((settlement) => lineOf(settlement))
  return {
    statements: statementsOf([...right, ...made.flatMap((of) => of.lines)], options.date),
    labels: made.map(({ of, lines }) => labelOf(of, lines)),
    transactions: settlements.length,
  }
}

async function settlementsOf(lake: Lake, db: DuckDb, rules: Rules, date: string, seed: string): Promise<Settlement[]> {
  const snapshot = await lake.manifest.latest()
  const transactions = await lake.scan(
    'transactions',
    filesOf(snapshot, 'transactions', (of) => of === date),
  )
  const settlements: Settlement[] = []
  // In an order that only the seed decides: the first ones are those that get broken.
  const query = `select transaction_id, bank_id, cast(amount as varchar) as amount, currency, is_converted, direction,
      counterparty
    from (${internalQuery(rules, transactions)}) i
    order by md5(${literal(seed)} || transaction_id)`
  for await (const row of db.stream<SettlementRow>(query)) {
    settlements.push({
      transactionId: row.transaction_id,
      bankId: row.bank_id,
      date,
      currency: row.currency,
      amountMinor: parseMinor(row.amount),
      isConverted: row.is_converted,
      direction: row.direction,
      counterparty: row.counterparty,
    })
  }
  return settlements
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
 * Statements per bank and booking date, their lines in the order of the bank's references. All but the last of a day are
 * a part of it, and so is what a later day has of this one.
 */
function statementsOf(lines: readonly UnnumberedLine[], date: string): Statement[] {
  return [...Map.groupBy(lines, ({ bankId, bookingDate }) => `${bankId}/${bookingDate}`)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const sorted = group.sort((a, b) => (a.bankReference < b.bankReference ? -1 : 1))
      return Array.from({ length: Math.ceil(sorted.length / PART_LINES_MAX) }, (_, at) =>
        partOf(
          sorted.slice(at * PART_LINES_MAX, (at + 1) * PART_LINES_MAX),
          at + 1,
          (at + 1) * PART_LINES_MAX < sorted.length,
          date,
        ),
      )
    })
}

function partOf(lines: readonly UnnumberedLine[], part: number, hasMore: boolean, date: string): Statement {
  const [first] = lines
  if (first === undefined) throw new Error('a part of a statement has a line')
  const { bankId, bookingDate } = first
  const numbered = lines.map((line, at) => ({ ...line, lineNumber: at + 1 }))
  return { bankId, date: bookingDate, lines: numbered, isPartial: hasMore || bookingDate !== date, part }
}
