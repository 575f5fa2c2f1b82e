import { Anchor, List, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { time } from '../../elements/format.ts'
import { words } from '../../elements/money.ts'
import { Empty, Loaded } from '../../elements/states.tsx'

const SHOWN_MAX = 10
const EVERY_MS = 5_000

/** The customer's latest alerts. */
export function CustomerAlerts({ customerId }: { readonly customerId: string }) {
  const alerts = useQuery({
    queryKey: ['alerts', 'of', customerId],
    queryFn: ({ signal }) =>
      get<{ alerts: readonly Alert[] }>('/v1/alerts', { customer_id: customerId, limit: SHOWN_MAX }, signal),
    refetchInterval: EVERY_MS,
  })
  return (
    <Loaded query={alerts} what="Loading alerts">
      {({ alerts: found }) =>
        found.length === 0 ? (
          <Empty>No alert about this customer.</Empty>
        ) : (
          <List listStyleType="none" spacing="xs" data-testid="customer-alerts">
            {found.map((alert) => (
              <List.Item key={alert.id}>
                <Anchor
                  underline="always"
                  component={Link}
                  to={`/alerts?customer=${customerId}&alert=${encodeURIComponent(alert.id)}`}
                >
                  {words(alert.type)}
                </Anchor>
                <Text span size="sm" c="dimmed" ml="xs">
                  {time(alert.event_time)} UTC
                </Text>
                <Text size="sm">{alert.explanation}</Text>
              </List.Item>
            ))}
          </List>
        )
      }
    </Loaded>
  )
}
