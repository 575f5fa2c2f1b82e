import { Button, Table, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { CustomerTransaction, TransactionsPage } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { time } from '../../elements/format.ts'
import { money, words } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Empty, Failure, Loading } from '../../elements/states.tsx'

const EVERY_MS = 5_000
const PAGES_MAX = 10

interface TransactionsTableProps {
  readonly customerId: string
  /** The one that this is about. */
  readonly markedId?: string
  /** Of one page. */
  readonly rows: number
}

/** A customer's transactions with their verdicts, the newest first. */
export function TransactionsTable({ customerId, markedId, rows }: TransactionsTableProps) {
  const query = useInfiniteQuery({
    queryKey: ['transactions', customerId, rows],
    queryFn: ({ pageParam, signal }) =>
      get<TransactionsPage>(
        `/v1/customers/${encodeURIComponent(customerId)}/transactions`,
        { limit: rows, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last, pages) => (pages.length < PAGES_MAX ? (last.next_cursor ?? undefined) : undefined),
    refetchInterval: EVERY_MS,
  })
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />
  if (query.data === undefined) return <Loading what="Loading transactions" />
  const transactions = query.data.pages.flatMap((page) => page.transactions)
  if (transactions.length === 0) return <Empty>No transaction of this customer was judged yet.</Empty>
  return (
    <>
      <ScrollRegion label="Transactions" minWidth={640}>
        <Table verticalSpacing={4} data-testid="transactions">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Time (UTC)</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th className="numeric">Amount</Table.Th>
              <Table.Th>Where</Table.Th>
              <Table.Th>Verdict</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {transactions.map((transaction) => (
              <Row
                key={transaction.transaction_id}
                of={transaction}
                isMarked={transaction.transaction_id === markedId}
              />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      {query.hasNextPage && (
        <Button
          variant="default"
          size="xs"
          mt="xs"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Older transactions
        </Button>
      )}
    </>
  )
}

function Row({ of, isMarked }: { readonly of: CustomerTransaction; readonly isMarked: boolean }) {
  const isAlert = of.verdict !== 'NORMAL' || of.anomaly_type !== null
  return (
    <Table.Tr data-transaction={of.transaction_id} {...(isMarked ? { bg: 'var(--mantine-color-default-hover)' } : {})}>
      <Table.Td>
        {time(of.created_at)}
        {isMarked && (
          <Text size="xs" fw={600}>
            this alert
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {words(of.transaction_type)}
        <Text size="xs" c="dimmed">
          {words(of.status)}
          {of.channel === null ? '' : `, ${words(of.channel)}`}
        </Text>
      </Table.Td>
      <Table.Td className="numeric">{money(of.amount, of.currency)}</Table.Td>
      <Table.Td>
        {of.merchant ?? '–'}
        <Text size="xs" c="dimmed">
          {[of.city, of.country].filter((part) => part !== null).join(', ')}
        </Text>
      </Table.Td>
      <Table.Td fw={isAlert ? 600 : 400}>
        {words(of.verdict)}
        {of.anomaly_type !== null && <Text size="xs">{words(of.anomaly_type)}</Text>}
      </Table.Td>
    </Table.Tr>
  )
}
