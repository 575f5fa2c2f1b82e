import { get, type QueryPart } from '../../api/client.ts'

const ROWS_AT_ONCE = 1_000

/** A row of `reconciliation_totals`. Amounts are decimal texts. */
export interface Total {
  readonly business_date: string
  readonly bank_id: string
  readonly currency: string
  readonly status: string
  readonly entry_count: number
  readonly internal_amount: string
  readonly external_amount: string
  readonly difference: string
}

/** A row of `reconciliation_index`. */
export interface Entry {
  readonly business_date: string
  readonly entry_id: string
  readonly bank_id: string
  readonly currency: string
  readonly direction: string
  readonly status: string
  readonly reason: string | null
  readonly rule: string
  readonly confidence: string
  readonly internal_amount: string | null
  readonly external_amount: string | null
  readonly difference: string
  readonly transaction_id: string | null
  readonly line_id: string | null
  readonly bank_reference: string | null
  readonly booking_date: string | null
  readonly days_to_settle: number | null
  readonly line_count: number
  readonly transaction_count: number
}

/** A row of `split_lines`. */
export interface SplitLine {
  readonly line_id: string
  readonly bank_reference: string | null
  readonly booking_date: string
  readonly amount: string
}

/** A row of `settlement_index`. */
export interface Payout {
  readonly business_date: string
  readonly merchant_id: string
  readonly merchant_name: string | null
  readonly payout_date: string
  readonly gross_usd: string
  readonly refunds_usd: string
  readonly chargebacks_usd: string
  readonly fees_usd: string
  readonly net_usd: string
  readonly payout_status: 'SCHEDULED' | 'HELD'
}

export interface IndexPage<T> {
  readonly rows: readonly T[]
  readonly next_cursor: string | null
}

/** A page of an index. @throws ApiProblem */
export async function pageOf<T>(index: string, query: QueryPart, signal: AbortSignal): Promise<IndexPage<T>> {
  return get<IndexPage<T>>(`/v1/indexes/${index}`, query, signal)
}

/** All rows of an index that a question has, page by page. @throws ApiProblem */
export async function allOf<T>(index: string, query: QueryPart, signal: AbortSignal): Promise<T[]> {
  const rows: T[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page: IndexPage<T> = await pageOf(index, { ...query, limit: ROWS_AT_ONCE, cursor }, signal)
    rows.push(...page.rows)
    cursor = page.next_cursor
  }
  return rows
}
