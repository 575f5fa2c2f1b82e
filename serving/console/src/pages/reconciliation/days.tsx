import { Table, Text } from '@mantine/core'
import { number } from '../../elements/format.ts'
import { money, words } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Section } from '../../elements/section.tsx'
import { CountCell } from './count-cell.tsx'
import type { Total } from './rows.ts'
import { bankDays, BREAKS } from './summary.ts'

/** How each bank's day came out. */
export function Days({ totals }: { readonly totals: readonly Total[] }) {
  return (
    <Section title="By day and bank" note="entries; a difference is theirs minus ours">
      <ScrollRegion label="By day and bank" minWidth={900}>
        <Table verticalSpacing={6} data-testid="reconciled-days">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Day</Table.Th>
              <Table.Th scope="col">Bank</Table.Th>
              <Table.Th scope="col" className="numeric">
                Settled
              </Table.Th>
              {BREAKS.map((status) => (
                <Table.Th scope="col" key={status} className="numeric">
                  {words(status)}
                </Table.Th>
              ))}
              <Table.Th scope="col" className="numeric">
                Difference
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {bankDays(totals).map(({ date, bank, entries, settled, breaks, differences }) => (
              <Table.Tr key={`${date} ${bank}`}>
                <Table.Th scope="row" fw="normal">
                  {date}
                </Table.Th>
                <Table.Td>{bank}</Table.Td>
                <Table.Td className="numeric">
                  {number(settled)} of {number(entries)}
                </Table.Td>
                {BREAKS.map((status) => (
                  <CountCell key={status} count={breaks[status]} />
                ))}
                <Table.Td className="numeric">
                  {differences.length === 0 && (
                    <Text size="sm" c="dimmed">
                      none
                    </Text>
                  )}
                  {differences.map(({ currency, amount }) => (
                    <div key={currency}>{money(amount, currency)}</div>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Section>
  )
}
