import { Button, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Customer } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { number } from '../../elements/format.ts'
import { money, usd, words } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'

const SENDERS = 5

/** As GET /v1/accounts/{account_id}/top-senders answers. */
interface TopSenders {
  readonly senders: readonly {
    readonly from_account_id: string
    readonly transaction_count: number
    readonly transaction_amount: string
  }[]
}

type Account = Customer['accounts'][number]

/** The customer's accounts; each opens to those who sent most to it. */
export function AccountsTable({ accounts }: { readonly accounts: readonly Account[] }) {
  if (accounts.length === 0) return <Empty>No account.</Empty>
  return (
    <ScrollRegion label="Accounts" minWidth={600}>
      <Table verticalSpacing={4} data-testid="accounts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Account</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th className="numeric">Balance</Table.Th>
            <Table.Th>Top senders</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {accounts.map((account, at) => (
            // The first one is open: most customers have one or two.
            <AccountRows key={account.account_id} account={account} isOpenAtFirst={at === 0} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}

function AccountRows({ account, isOpenAtFirst }: { readonly account: Account; readonly isOpenAtFirst: boolean }) {
  const [isOpen, setIsOpen] = useState(isOpenAtFirst)
  const sendersId = useId()
  return (
    <>
      <Table.Tr>
        <Table.Th scope="row" fw={400} ff="monospace">
          {account.account_id}
        </Table.Th>
        <Table.Td>{words(account.account_type)}</Table.Td>
        <Table.Td>{words(account.status)}</Table.Td>
        <Table.Td className="numeric">{money(account.balance, account.currency)}</Table.Td>
        <Table.Td>
          <Button
            variant="default"
            size="xs"
            aria-expanded={isOpen}
            aria-controls={sendersId}
            aria-label={`${isOpen ? 'Hide' : 'Show'} top senders to account ${account.account_id}`}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? 'Hide' : 'Show'}
          </Button>
        </Table.Td>
      </Table.Tr>
      <Table.Tr id={sendersId} hidden={!isOpen}>
        <Table.Td colSpan={5}>{isOpen && <Senders accountId={account.account_id} />}</Table.Td>
      </Table.Tr>
    </>
  )
}

function Senders({ accountId }: { readonly accountId: string }) {
  const senders = useQuery({
    queryKey: ['top-senders', accountId],
    queryFn: ({ signal }) => get<TopSenders>(`/v1/accounts/${accountId}/top-senders`, { limit: SENDERS }, signal),
    refetchInterval: 10_000,
  })
  return (
    <Loaded query={senders} what="Loading top senders">
      {({ senders: found }) =>
        found.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nobody has sent this account anything.
          </Text>
        ) : (
          <Table verticalSpacing={2} withRowBorders={false}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>From account</Table.Th>
                <Table.Th className="numeric">Transfers</Table.Th>
                <Table.Th className="numeric">Amount</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.map((sender) => (
                <Table.Tr key={sender.from_account_id}>
                  <Table.Td ff="monospace">{sender.from_account_id}</Table.Td>
                  <Table.Td className="numeric">{number(sender.transaction_count)}</Table.Td>
                  <Table.Td className="numeric">{usd(sender.transaction_amount)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )
      }
    </Loaded>
  )
}
