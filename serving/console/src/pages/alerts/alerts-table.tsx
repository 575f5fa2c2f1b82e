import { Badge, Text } from '@mantine/core'
import type { Alert } from '@fintech-streams/api/schema'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { time, usd, words } from '../../elements/format.ts'

interface AlertsTableProps {
  readonly alerts: readonly Alert[]
  /** Said where there is none. */
  readonly empty: string
  readonly selectedId: string | null
  readonly onSelect: (id: string) => void
}

const COLUMNS: readonly Column<Alert>[] = [
  { header: 'Time (UTC)', cell: (alert) => time(alert.event_time), width: 150 },
  {
    header: 'Alert',
    cell: (alert) => (
      <>
        {words(alert.type)}
        <KindBadge alert={alert} />
      </>
    ),
    note: (alert) => (
      <Text inherit truncate>
        {alert.explanation}
      </Text>
    ),
    role: 'opens',
  },
  {
    header: 'Customer',
    cell: (alert) => alert.customer_id.slice(0, 8),
    hint: (alert) => alert.customer_id,
    width: 95,
    className: 'id',
  },
  { header: 'Amount', cell: (alert) => usd(alert.amount_usd), align: 'right', width: 110 },
  { header: 'Score', cell: (alert) => alert.score, unit: 'rough', width: 70 },
]

/** One line per alert; its name opens it. */
export const AlertsTable = ({ alerts, empty, selectedId, onSelect }: AlertsTableProps) => (
  <DataTable
    label="Alerts"
    empty={empty}
    minWidth={620}
    columns={COLUMNS}
    rows={alerts}
    rowKey={(alert) => alert.id}
    rowAttributes={(alert) => ({ 'data-alert': alert.id })}
    isMarked={(alert) => alert.id === selectedId}
    onOpen={(alert) => onSelect(alert.id)}
    layout="fixed"
    highlightOnHover
    data-testid="alerts"
  />
)

export const KindBadge = ({ alert }: { readonly alert: Alert }) => (
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
