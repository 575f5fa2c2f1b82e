import { Anchor, List, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { time, words } from '../../elements/format.ts'
import { Empty, Fetched } from '../../elements/states.tsx'

/** The customer's latest alerts. */
export const CustomerAlerts = ({ customerId }: { readonly customerId: string }) => (
  <Fetched<{ alerts: readonly Alert[] }>
    path="/v1/alerts"
    query={{ customer_id: customerId, limit: 10 }}
    everyMs={5_000}
    what="Loading alerts"
  >
    {({ alerts }) =>
      alerts.length === 0 ? (
        <Empty>No alert about this customer.</Empty>
      ) : (
        <List listStyleType="none" spacing="xs" data-testid="customer-alerts">
          {alerts.map((alert) => (
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
  </Fetched>
)
