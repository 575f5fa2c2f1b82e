import { Text } from '@mantine/core'
import type { CustomerTransaction, TransactionsPage } from '@fintech-streams/api/schema'
import { usePages } from '../../api/queries.ts'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { money, time, words } from '../../elements/format.ts'
import { LoadedPages } from '../../elements/states.tsx'

const PAGES_MAX = 10

interface TransactionsTableProps {
  readonly customerId: string
  /** The one that this is about. */
  readonly markedId?: string
  /** Of one page. */
  readonly rows: number
}

const COLUMNS: readonly Column<CustomerTransaction>[] = [
  { header: 'Time (UTC)', cell: (of) => time(of.created_at) },
  {
    header: 'Type',
    cell: (of) => words(of.transaction_type),
    note: (of) => `${words(of.status)}${of.channel === null ? '' : `, ${words(of.channel)}`}`,
  },
  { header: 'Amount', cell: (of) => money(of.amount, of.currency), align: 'right' },
  {
    header: 'Where',
    cell: (of) => of.merchant,
    note: (of) => [of.city, of.country].filter((part) => part !== null).join(', '),
  },
  {
    header: 'Verdict',
    cell: (of) => {
      const isAlert = of.verdict !== 'NORMAL' || of.anomaly_type !== null
      return (
        <Text inherit fw={isAlert ? 600 : 400} component="span">
          {words(of.verdict)}
        </Text>
      )
    },
    note: (of) => of.anomaly_type !== null && words(of.anomaly_type),
  },
]

/** A customer's transactions with their verdicts, the newest first. */
export function TransactionsTable({ customerId, markedId, rows }: TransactionsTableProps) {
  const query = usePages(`/v1/customers/${encodeURIComponent(customerId)}/transactions`, {
    query: { limit: rows },
    rowsOf: (page: TransactionsPage) => page.transactions,
    pagesMax: PAGES_MAX,
    everyMs: 5_000,
  })
  const isMarked = (of: CustomerTransaction): boolean => of.transaction_id === markedId
  const [first, ...others] = COLUMNS
  const columns = [{ ...first!, note: (of: CustomerTransaction) => isMarked(of) && 'this alert' }, ...others]
  return (
    <LoadedPages query={query} what="Loading transactions" more="Older transactions">
      {(transactions) => (
        <DataTable
          label="Transactions"
          empty="No transaction of this customer was judged yet."
          minWidth={640}
          verticalSpacing={4}
          columns={columns}
          rows={transactions}
          rowKey={(of) => of.transaction_id}
          rowAttributes={(of) => ({ 'data-transaction': of.transaction_id })}
          isMarked={isMarked}
        />
      )}
    </LoadedPages>
  )
}
