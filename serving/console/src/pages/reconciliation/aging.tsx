import { Table } from '@mantine/core'
import { words } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Section } from '../../elements/section.tsx'
import { CountCell } from './count-cell.tsx'
import type { Total } from './rows.ts'
import { AGES, aging } from './summary.ts'

/** How long breaks have been there. */
export function Aging({ totals, today }: { readonly totals: readonly Total[]; readonly today: string }) {
  return (
    <Section title="Aging" note="breaks by the days since their business day">
      <ScrollRegion label="Aging" minWidth={480}>
        <Table verticalSpacing={6} maw={800} data-testid="aging">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Break</Table.Th>
              {AGES.map(({ label }) => (
                <Table.Th scope="col" key={label} className="numeric">
                  {label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {aging(totals, today).map(({ status, counts }) => (
              <Table.Tr key={status}>
                <Table.Th scope="row" fw="normal">
                  {words(status)}
                </Table.Th>
                {counts.map((count, at) => (
                  <CountCell key={AGES[at]!.label} count={count} />
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Section>
  )
}
