import { BREAK_STATUSES } from '@fintech-streams/contracts'
import { type Column, TableSection } from '../../elements/data-table.tsx'
import { money, number, words } from '../../elements/format.ts'
import type { Total } from './rows.ts'
import { AGES, aging, type BankDay, bankDays } from './summary.ts'

const DAYS: readonly Column<BankDay>[] = [
  { header: 'Day', cell: ({ date }) => date, role: 'names', className: 'uncut' },
  { header: 'Bank', cell: ({ bank }) => bank },
  { header: 'Settled', cell: ({ settled, entries }) => `${number(settled)} of ${number(entries)}`, align: 'right' },
  { header: 'Awaited', cell: ({ awaited }) => awaited, unit: 'count' },
  ...BREAK_STATUSES.map((status): Column<BankDay> => ({
    header: words(status),
    cell: ({ breaks }) => breaks[status],
    unit: 'count',
  })),
  {
    header: 'Difference',
    cell: ({ differences }) =>
      differences.length === 0
        ? 'none'
        : differences.map(({ currency, amount }) => <div key={currency}>{money(amount, currency)}</div>),
    align: 'right',
  },
]

/** How each bank's day came out. */
export const Days = ({ totals }: { readonly totals: readonly Total[] }) => (
  <TableSection
    label="By day and bank"
    note="entries; those that wait for their statement are awaited; a difference is theirs minus ours"
    minWidth={960}
    columns={DAYS}
    rows={bankDays(totals)}
    data-testid="reconciled-days"
  />
)

type Aged = ReturnType<typeof aging>[number]

const AGED: readonly Column<Aged>[] = [
  { header: 'Break', cell: ({ status }) => words(status), role: 'names' },
  ...AGES.map(({ label }, at): Column<Aged> => ({ header: label, cell: ({ counts }) => counts[at], unit: 'count' })),
]

/** How long breaks have been there. */
export const Aging = ({ totals, today }: { readonly totals: readonly Total[]; readonly today: string }) => (
  <TableSection
    label="Aging"
    note="breaks by the days since their business day"
    minWidth={480}
    maw={800}
    columns={AGED}
    rows={aging(totals, today)}
  />
)
