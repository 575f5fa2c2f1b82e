import { DAY_MS } from '@fintech-streams/contracts'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { usd } from '../../elements/format.ts'
import { Section } from '../../elements/section.tsx'
import { Loaded } from '../../elements/states.tsx'
import { type Payout, useAll } from './rows.ts'
import { type PayoutDay, payoutDays } from './summary.ts'

/** A day is paid out within this many days, holidays in a row included. */
const LONGEST_DAYS = 10

const COLUMNS: readonly Column<PayoutDay>[] = [
  { header: 'Day', cell: ({ date }) => date, role: 'names', className: 'uncut' },
  { header: 'Merchants', cell: ({ merchants }) => merchants, unit: 'count' },
  { header: 'Gross', cell: ({ gross }) => usd(gross), align: 'right' },
  { header: 'Refunds', cell: ({ refunds }) => usd(refunds), align: 'right' },
  { header: 'Chargebacks', cell: ({ chargebacks }) => usd(chargebacks), align: 'right' },
  { header: 'Fees', cell: ({ fees }) => usd(fees), align: 'right' },
  { header: 'To be paid', cell: ({ net }) => usd(net), align: 'right' },
  { header: 'Held', cell: ({ held }) => held, unit: 'count' },
]

/** What merchants will be paid, and when. */
export function Payouts({ today }: { readonly today: string }) {
  const since = new Date(Date.parse(today) - LONGEST_DAYS * DAY_MS).toISOString().slice(0, 10)
  const found = useAll<Payout>('settlement_index', { date_from: since })
  return (
    <Section title="Payouts to come" note="US dollars; a merchant that would have to pay is held">
      <Loaded query={found} what="Loading payouts">
        {(rows) => (
          <DataTable
            label="Payouts to come"
            empty="Nothing is to be paid out."
            minWidth={720}
            maw={1100}
            columns={COLUMNS}
            rows={payoutDays(rows.filter(({ payout_date: date }) => date >= today))}
            data-testid="payouts"
          />
        )}
      </Loaded>
    </Section>
  )
}
