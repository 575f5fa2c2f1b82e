import { createHash } from 'node:crypto'
import { DAY_MS, parseMinor } from '@fintech-streams/contracts'
import { type DuckDb, literal } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { type Lake } from '../lake/lake.ts'
import { filesOf } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { type BreakKind, planBreaks, type PlannedBreak, type Settlement } from './breaks.ts'
import { internalQuery } from './internal-query.ts'
import { type Statement, type StatementLine } from './statement.ts'

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

type Draft = Omit<StatementLine, 'lineNumber'> & { readonly bankId: string }

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
  const made = planned.map((of) => ({ of, drafts: brokenDrafts(of, options.seed) }))
  const drafts = [...whole.map((settlement) => draftOf(settlement, '0')), ...made.flatMap((of) => of.drafts)]
  return {
    statements: statementsOf(drafts),
    labels: made.map(({ of, drafts: lines }) => labelOf(of, lines)),
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

/** The line of a settlement as it should be; `part` tells the lines of one settlement apart. */
function draftOf(settlement: Settlement, part: string): Draft {
  const { transactionId, bankId, amountMinor, currency, direction, counterparty, date } = settlement
  return {
    bankId,
    bankReference: digest(bankId, transactionId, part).slice(0, 16).toUpperCase(),
    direction,
    amountMinor,
    currency,
    valueDate: date,
    bookingDate: date,
    counterparty,
    references: [transactionId],
  }
}

function brokenDrafts({ kind, settlements }: PlannedBreak, seed: string): Draft[] {
  const [first] = settlements
  if (first === undefined) throw new Error('a break is about a settlement')
  const draft = draftOf(first, '0')
  // Between 0 and 1, the same for the same settlement.
  const chance = parseInt(digest(seed, first.transactionId).slice(0, 8), 16) / 2 ** 32
  switch (kind) {
    case 'MISSING_EXTERNAL':
      return []
    case 'MISSING_INTERNAL':
      return [draft, { ...draftOf(first, 'unknown'), references: [unknownId(seed, first)] }]
    case 'AMOUNT_MISMATCH':
      return [{ ...draft, amountMinor: first.amountMinor + 1 + Math.floor(chance * 5_00) + farOff(first) }]
    case 'FX_RATE':
      return [{ ...draft, amountMinor: otherRate(first.amountMinor, chance) }]
    case 'DUPLICATE_EXTERNAL':
      return [draft, draftOf(first, 'again')]
    case 'LATE_SETTLEMENT':
      return [{ ...draft, ...bookedOn(dateOf(Date.parse(first.date) + DAY_MS)) }]
    case 'SPLIT':
      return splitDrafts(first, chance)
    case 'NO_REFERENCE':
      return [{ ...draft, references: [] }]
    case 'SPLIT_NO_REFERENCE':
      return splitDrafts(first, chance).map((part) => ({ ...part, references: [] }))
    case 'BATCHED':
      return [batchDraft(settlements, '')]
    case 'BATCHED_NO_REFERENCE':
      return [{ ...batchDraft(settlements, first.counterparty), references: [] }]
  }
}

/** A converted amount that is only a little off would be taken for another rate, and rightly so. */
const farOff = ({ isConverted, amountMinor }: Settlement): number =>
  isConverted ? Math.ceil(amountMinor / 10) + 1_00 : 0

/** Half a percent to one and a half off, at least a cent. */
function otherRate(amountMinor: number, chance: number): number {
  const off = Math.max(1, Math.round(amountMinor * (0.005 + chance * 0.01)))
  return chance < 0.5 ? amountMinor + off : amountMinor - off
}

function splitDrafts(settlement: Settlement, chance: number): Draft[] {
  const first = Math.floor(settlement.amountMinor * (0.2 + 0.3 * chance))
  // Never two equal halves: two equal lines of one reference look like a duplicate.
  const amounts = chance < 0.5 ? [first, settlement.amountMinor - first] : thirds(settlement.amountMinor, first)
  return amounts.map((amountMinor, at) => ({ ...draftOf(settlement, `part ${at}`), amountMinor }))
}

function thirds(totalMinor: number, firstMinor: number): number[] {
  const second = Math.max(1, Math.floor((totalMinor - firstMinor) / 3))
  return [firstMinor, second, totalMinor - firstMinor - second]
}

function batchDraft(settlements: readonly Settlement[], counterparty: string): Draft {
  return {
    ...draftOf(settlements[0]!, 'batch'),
    counterparty,
    amountMinor: settlements.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    references: settlements.map(({ transactionId }) => transactionId),
  }
}

const bookedOn = (date: string) => ({ valueDate: date, bookingDate: date })

/** An id of version 8: no transaction of the platform has one. */
function unknownId(seed: string, { transactionId }: Settlement): string {
  const hex = digest(seed, 'unknown', transactionId)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

function labelOf({ kind, settlements }: PlannedBreak, drafts: readonly Draft[]): BreakLabel {
  const lines = kind === 'MISSING_INTERNAL' ? drafts.slice(1) : drafts
  return {
    kind,
    bank_id: settlements[0]!.bankId,
    transaction_ids: kind === 'MISSING_INTERNAL' ? [] : settlements.map(({ transactionId }) => transactionId),
    bank_references: lines.map(({ bankReference }) => bankReference),
  }
}

/** One statement per bank and booking date, its lines in the order of the bank's references. */
function statementsOf(drafts: readonly Draft[]): Statement[] {
  const groups = Map.groupBy(drafts, ({ bankId, bookingDate }) => `${bankId}/${bookingDate}`)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => ({
      bankId: group[0]!.bankId,
      date: group[0]!.bookingDate,
      lines: group
        .sort((a, b) => (a.bankReference < b.bankReference ? -1 : 1))
        .map((draft, at) => ({ ...draft, lineNumber: at + 1 })),
    }))
}

const digest = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('|')).digest('hex')
