import { Stack, Table, Text } from '@mantine/core'
import type { ConnectorRow } from '@fintech-streams/monitor'
import { ConditionBadge } from '../../elements/condition.tsx'
import { duration } from '../../elements/format.ts'
import { bytes, perSecond, rateOf } from '../../elements/rates.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Empty } from '../../elements/states.tsx'

/** Debezium's connectors: tasks, their place in the WAL, and their last error. */
export function ConnectorsTable({ connectors }: { readonly connectors: readonly ConnectorRow[] }) {
  if (connectors.length === 0) return <Empty>Neither Connect nor Postgres knows of a connector.</Empty>
  return (
    <ScrollRegion label="Connectors" minWidth={860}>
      <Table verticalSpacing={6} data-testid="connectors">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Connector</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Tasks</Table.Th>
            <Table.Th className="numeric">Decoded</Table.Th>
            <Table.Th className="numeric">WAL kept</Table.Th>
            <Table.Th className="numeric">Heartbeat</Table.Th>
            <Table.Th>Last error</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {connectors.map(({ name, state, tasks, slot, heartbeat_age_seconds: age, last_error: error }) => (
            <Table.Tr key={name} data-connector={name}>
              <Table.Th scope="row" fw={500}>
                {name}
              </Table.Th>
              <Table.Td>
                <ConditionBadge state={state} />
              </Table.Td>
              <Table.Td>
                <Stack gap={2} align="flex-start">
                  {tasks.length === 0
                    ? 'none'
                    : tasks.map((task) => <ConditionBadge key={task.id} state={task.state} />)}
                </Stack>
              </Table.Td>
              <Table.Td className="numeric">
                {perSecond(slot?.transactions_per_second ?? null)}
                <Text size="xs" c="dimmed">
                  {rateOf(slot?.bytes_per_second ?? null, 'bytes')}
                </Text>
              </Table.Td>
              <Table.Td className="numeric">{bytes(slot?.retained_bytes ?? null)}</Table.Td>
              <Table.Td className="numeric">{age === null ? '–' : `${duration(1_000 * age)} ago`}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{error ?? 'none'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}
