import { Table } from '@mantine/core'
import type { StageRow } from '@fintech-streams/monitor'
import { ConditionBadge } from '../../elements/condition.tsx'
import { duration } from '../../elements/format.ts'
import { count, perSecond } from '../../elements/rates.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'

/** The processor's stages: tasks, state, and what was left out and why. */
export function StagesTable({ stages }: { readonly stages: readonly StageRow[] }) {
  return (
    <ScrollRegion label="Stages" minWidth={860}>
      <Table verticalSpacing={6} data-testid="stages">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Stage</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th className="numeric">Tasks</Table.Th>
            <Table.Th className="numeric">Records</Table.Th>
            <Table.Th className="numeric">Lag</Table.Th>
            <Table.Th className="numeric">Watermark delay</Table.Th>
            <Table.Th className="numeric">State entries</Table.Th>
            <Table.Th className="numeric">Failures</Table.Th>
            <Table.Th>Skipped</Table.Th>
            <Table.Th>Dead letters</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {stages.map((stage) => (
            <Table.Tr key={stage.id}>
              <Table.Th scope="row" fw={500}>
                {stage.name}
              </Table.Th>
              <Table.Td>
                <ConditionBadge state={stage.state} />
              </Table.Td>
              <Table.Td className="numeric">
                {stage.tasks} of {stage.tasks_expected}
              </Table.Td>
              <Table.Td className="numeric">{perSecond(stage.records_per_second)}</Table.Td>
              <Table.Td className="numeric">{count(stage.lag_records)}</Table.Td>
              <Table.Td className="numeric">
                {stage.watermark_delay_seconds === null ? '–' : duration(1_000 * stage.watermark_delay_seconds)}
              </Table.Td>
              <Table.Td className="numeric">{count(stage.state_entries)}</Table.Td>
              <Table.Td className="numeric">{count(stage.failures)}</Table.Td>
              <Table.Td>{reasons(stage.skipped)}</Table.Td>
              <Table.Td>{reasons(stage.dead_lettered)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, n]) => n > 0)
  return parts.length === 0 ? 'none' : parts.map(([reason, n]) => `${reason} ${count(n)}`).join(', ')
}
