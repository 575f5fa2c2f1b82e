import { Badge, Table, Text, UnstyledButton } from '@mantine/core'
import type { Alert } from '@fintech-streams/api/schema'
import { number, time } from '../../elements/format.ts'
import { usd, words } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'

interface AlertsTableProps {
  readonly alerts: readonly Alert[]
  readonly selectedId: string | null
  readonly onSelect: (id: string) => void
}

/** One line per alert; its name opens it. */
export function AlertsTable({ alerts, selectedId, onSelect }: AlertsTableProps) {
  return (
    <ScrollRegion label="Alerts" minWidth={620}>
      <Table verticalSpacing={6} highlightOnHover layout="fixed" data-testid="alerts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={170}>Time (UTC)</Table.Th>
            <Table.Th>Alert</Table.Th>
            <Table.Th w={110}>Customer</Table.Th>
            <Table.Th w={110} className="numeric">
              Amount
            </Table.Th>
            <Table.Th w={70} className="numeric">
              Score
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {alerts.map((alert) => (
            <Table.Tr
              key={alert.id}
              data-alert={alert.id}
              {...(alert.id === selectedId ? { bg: 'var(--mantine-color-default-hover)' } : {})}
            >
              <Table.Td>{time(alert.event_time)}</Table.Td>
              <Table.Td>
                <UnstyledButton
                  onClick={() => onSelect(alert.id)}
                  aria-pressed={alert.id === selectedId}
                  style={{ textDecoration: 'underline', textUnderlineOffset: 3 }}
                >
                  {words(alert.type)}
                </UnstyledButton>
                <KindBadge alert={alert} />
                <Text size="xs" c="dimmed" truncate>
                  {alert.explanation}
                </Text>
              </Table.Td>
              <Table.Td ff="monospace" title={alert.customer_id}>
                {alert.customer_id.slice(0, 8)}
              </Table.Td>
              <Table.Td className="numeric">{usd(alert.amount_usd)}</Table.Td>
              <Table.Td className="numeric">{number(alert.score)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}

export function KindBadge({ alert }: { readonly alert: Alert }) {
  return (
    <Badge
      ml="xs"
      size="sm"
      radius="sm"
      variant="light"
      tt="none"
      color={alert.kind === 'fraud' ? 'red' : 'grape'}
      styles={{ label: { color: 'var(--mantine-color-text)' } }}
    >
      {alert.kind}
    </Badge>
  )
}
