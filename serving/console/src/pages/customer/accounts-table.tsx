import type { Customer } from '@fintech-streams/api/schema'
import { type Column, DataTable, TableSection } from '../../elements/data-table.tsx'
import { money, usd, words } from '../../elements/format.ts'
import { Fetched } from '../../elements/states.tsx'

/** As GET /v1/accounts/{account_id}/top-senders answers. */
interface Sender {
  readonly from_account_id: string
  readonly transaction_count: number
  readonly transaction_amount: string
}

type Account = Customer['accounts'][number]

const ACCOUNTS: readonly Column<Account>[] = [
  { header: 'Account', cell: (account) => account.account_id, role: 'opens', className: 'id' },
  { header: 'Type', cell: (account) => words(account.account_type) },
  { header: 'Status', cell: (account) => words(account.status) },
  { header: 'Balance', cell: (account) => money(account.balance, account.currency), align: 'right' },
]

/** The customer's accounts; each opens to those who sent most to it. */
export const AccountsTable = ({ accounts }: { readonly accounts: readonly Account[] }) => (
  <TableSection
    label="Accounts"
    note="each opens to who sent most to it, all time"
    empty="No account."
    minWidth={600}
    columns={ACCOUNTS}
    rows={accounts}
    rowKey={(account) => account.account_id}
    details={(account) => <Senders accountId={account.account_id} />}
    // Most customers have one or two.
    openAtFirst={1}
  />
)

const SENDERS: readonly Column<Sender>[] = [
  { header: 'From account', cell: (sender) => sender.from_account_id, className: 'id' },
  { header: 'Transfers', cell: (sender) => sender.transaction_count, unit: 'count' },
  { header: 'Amount', cell: (sender) => usd(sender.transaction_amount), align: 'right' },
]

const Senders = ({ accountId }: { readonly accountId: string }) => (
  <Fetched<{ senders: readonly Sender[] }>
    path={`/v1/accounts/${accountId}/top-senders`}
    query={{ limit: 5 }}
    everyMs={10_000}
    what="Loading top senders"
  >
    {({ senders }) => (
      <DataTable
        label={`Top senders to account ${accountId}`}
        empty="Nobody has sent this account anything."
        verticalSpacing={2}
        withRowBorders={false}
        columns={SENDERS}
        rows={senders}
      />
    )}
  </Fetched>
)
