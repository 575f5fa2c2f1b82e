import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { number } from '../../elements/format.ts'
import { usd } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Section } from '../../elements/section.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'
import { allOf, type Payout } from './rows.ts'
import { payoutDays } from './summary.ts'

/** A day is paid out within so many days, holidays in a row included. */
const LONGEST_DAYS = 10
const DAY_MS = 86_400_000

const COLUMNS = ['Merchants', 'Gross', 'Refunds', 'Chargebacks', 'Fees', 'To be paid', 'Held'] as const

/** What merchants will be paid, and when. */
export function Payouts({ today }: { readonly today: string }) {
  const since = new Date(Date.parse(today) - LONGEST_DAYS * DAY_MS).toISOString().slice(0, 10)
  const found = useQuery({
    queryKey: ['payouts', since],
    queryFn: ({ signal }) => allOf<Payout>('settlement_index', { date_from: since }, signal),
  })
  return (
    <Section title="Payouts to come" note="US dollars; a merchant that would have to pay is held">
      <Loaded query={found} what="Loading payouts">
        {(rows) => <Schedule payouts={rows.filter(({ payout_date: date }) => date >= today)} />}
      </Loaded>
    </Section>
  )
}

function Schedule({ payouts }: { readonly payouts: readonly Payout[] }) {
  if (payouts.length === 0) return <Empty>Nothing is to be paid out.</Empty>
  return (
    <ScrollRegion label="Payouts to come" minWidth={720}>
      <Table verticalSpacing={6} maw={1100} data-testid="payouts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Day</Table.Th>
            {COLUMNS.map((name) => (
              <Table.Th scope="col" key={name} className="numeric">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {payoutDays(payouts).map(({ date, merchants, gross, refunds, chargebacks, fees, net, held }) => (
            <Table.Tr key={date}>
              <Table.Th scope="row" fw="normal">
                {date}
              </Table.Th>
              <Table.Td className="numeric">{number(merchants)}</Table.Td>
              {[gross, refunds, chargebacks, fees, net].map((amount, at) => (
                <Table.Td key={COLUMNS[at + 1]} className="numeric">
                  {usd(amount)}
                </Table.Td>
              ))}
              <Table.Td className="numeric">{number(held)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}
