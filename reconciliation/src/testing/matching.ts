import { contractRules } from './contract-rules.ts'
import { type Rules } from '../rules.ts'
import { type LakeRow, type RawTable } from '../lake/tables.ts'
import { type BankDay, ruleTables } from '../sql/parameters.ts'
import { bindViews, runSteps, type Violation, violationsOf } from '../sql/run-steps.ts'
import { sqlSteps } from '../sql/steps.ts'
import { testLake, transactionRow, uuid } from './lake.ts'

/** What a matching reads. */
export interface MatchingInputs {
  readonly transactions?: readonly LakeRow[]
  readonly lines?: readonly LakeRow[]
  readonly references?: readonly LakeRow[]
  readonly awaited?: readonly BankDay[]
  readonly rules?: Rules
}

/** An entry of the index, as far as tests look at it. */
export interface MatchedEntry {
  readonly business_date: string
  readonly status: string
  readonly reason: string | null
  readonly rule: string
  readonly confidence: string
  readonly internal_amount: string | null
  readonly external_amount: string | null
  readonly transaction_id: string | null
  readonly line_id: string | null
}

/** A completed purchase in dollars of a day. */
export const purchase = (n: number, date: string, amount: string, changes: LakeRow = {}): LakeRow =>
  transactionRow(n, { event_date: date, created_at: `${date}T12:00:00.000Z`, amount, amount_usd: amount, ...changes })

/** A line of the bank of purchases that names nothing. */
export const bankLine = (n: number, date: string, amount: string, changes: LakeRow = {}): LakeRow => ({
  line_id: `L${n}`,
  file_id: 'f',
  line_number: n,
  bank_id: 'PAYRAIL',
  account: '',
  bank_reference: `B${n}`,
  direction: 'DBIT',
  amount,
  currency: 'USD',
  value_date: date,
  booking_date: date,
  counterparty: uuid(0xe0),
  reference: null,
  reference_count: 0,
  ...changes,
})

/** What a line has that names a transaction. */
export const naming = (n: number): LakeRow => ({ reference: uuid(n), reference_count: 1 })

/** Runs the matching over rows, in DuckDB. */
export async function matched(inputs: MatchingInputs): Promise<{ entries: MatchedEntry[]; violations: Violation[] }> {
  const { transactions = [], lines = [], references = [], awaited = [], rules = contractRules() } = inputs
  const at = await testLake()
  const view = async (table: RawTable, rows: readonly LakeRow[]): Promise<string> => {
    const texts = rows.map((row) => JSON.stringify(row))
    return at.lake.scan(
      table,
      rows.length === 0 ? [] : [await at.lake.writeRows(at.db, 'stream', table, '2026-11-19', texts)],
    )
  }
  try {
    await bindViews(at.db, {
      ...ruleTables(rules, awaited),
      transactions: await view('transactions', transactions),
      statement_lines: await view('statement_lines', lines),
      statement_references: await view('statement_references', references),
    })
    for await (const _ of runSteps(at.db, sqlSteps('match'))) continue
    const entries = await at.db.rows<MatchedEntry>(
      `select business_date, status, reason, rule, confidence, internal_amount, external_amount, transaction_id, line_id
       from reconciliation_index order by transaction_id nulls last, line_id`,
    )
    return { entries, violations: await violationsOf(at.db, sqlSteps('check')) }
  } finally {
    await at.close()
  }
}
