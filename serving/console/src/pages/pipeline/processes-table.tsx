import { Table, Text } from '@mantine/core'
import type { ProcessRow } from '@fintech-streams/monitor'
import { ConditionBadge } from '../../elements/condition.tsx'
import { duration, time } from '../../elements/format.ts'
import { bytes } from '../../elements/rates.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'

/** Every process of the platform. */
export function ProcessesTable({ processes }: { readonly processes: readonly ProcessRow[] }) {
  return (
    <ScrollRegion label="Processes" minWidth={720}>
      <Table verticalSpacing={6} data-testid="processes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Process</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th className="numeric">Up for</Table.Th>
            <Table.Th className="numeric">Memory</Table.Th>
            <Table.Th>Last error</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {processes.map(
            ({ name, purpose, state, detail, uptime_seconds: uptime, memory_bytes: memory, last_error }) => (
              <Table.Tr key={name} data-process={name} data-state={state}>
                <Table.Th scope="row" fw={500}>
                  {name}
                  <Text size="xs" c="dimmed">
                    {purpose}
                  </Text>
                </Table.Th>
                <Table.Td>
                  <ConditionBadge state={state} />
                </Table.Td>
                <Table.Td className="numeric">{uptime === null ? '–' : duration(1_000 * uptime)}</Table.Td>
                <Table.Td className="numeric">{bytes(memory)}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  {last_error?.message ?? (detail === '' ? 'none' : detail)}
                  {last_error !== null && last_error.at !== null && (
                    <Text size="xs" c="dimmed">
                      {time(last_error.at)} UTC
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}
