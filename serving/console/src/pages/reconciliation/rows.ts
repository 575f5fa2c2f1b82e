import { type ReconciliationStatus } from '@fintech-streams/contracts'
import { useQuery } from '@tanstack/react-query'
import { get, type QueryPart } from '../../api/client.ts'
import type { PageOf } from '../../api/queries.ts'

const ROWS_AT_ONCE = 1_000

/** A row of `reconciliation_totals`. Amounts are decimal texts. As of the other rows, only what is shown. */
export interface Total {
  readonly business_date: string
  readonly bank_id: string
  readonly currency: string
  readonly status: string
  readonly entry_count: number
  readonly difference: string
}

/** A row of `reconciliation_index`. */
export interface Entry {
  readonly business_date: string
  readonly entry_id: string
  readonly bank_id: string
  readonly currency: string
  readonly direction: string
  readonly status: ReconciliationStatus
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

/** A row of `statement_files`. */
export interface StatementFile {
  readonly file_id: string
  readonly business_date: string
  readonly name: string
  readonly bank_ids: string
  readonly first_day: string
  readonly last_day: string
  readonly is_refused: boolean
  readonly line_count: number
  readonly taken_count: number
  readonly rejected_count: number
  readonly known_count: number
  readonly unbooked_count: number
  readonly problem: string | null
  readonly ingested_at: string
}

/** A row of `rejected_lines`. */
export interface RejectedLine {
  readonly line_number: number
  readonly bank_id: string
  readonly reason: string
  readonly line: string
}

/** A row of `settlement_index`. */
export interface Payout {
  readonly merchant_id: string
  readonly payout_date: string
  readonly gross_usd: string
  readonly refunds_usd: string
  readonly chargebacks_usd: string
  readonly fees_usd: string
  readonly net_usd: string
  readonly payout_status: 'SCHEDULED' | 'HELD'
}

export interface IndexPage<T> extends PageOf {
  readonly rows: readonly T[]
}

export const pathOf = (index: string): string => `/v1/indexes/${index}`

/** All rows of an index that match a query, page by page. */
export const useAll = <T>(index: string, query: QueryPart, everyMs: number | false = false) =>
  useQuery({
    queryKey: [pathOf(index), query, 'all'],
    refetchInterval: everyMs,
    queryFn: async ({ signal }) => {
      const rows: T[] = []
      let cursor: string | null | undefined
      while (cursor !== null) {
        const page: IndexPage<T> = await get(pathOf(index), { ...query, limit: ROWS_AT_ONCE, cursor }, signal)
        rows.push(...page.rows)
        cursor = page.next_cursor
      }
      return rows
    },
  })
