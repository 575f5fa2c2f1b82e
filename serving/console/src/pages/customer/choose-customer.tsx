import { Anchor, Button, Group, List, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { words } from '../../elements/money.ts'
import { Page } from '../../elements/page.tsx'
import { Section } from '../../elements/section.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SHOWN_MAX = 15

/** Which customer: by id, or one of those that alerts are about. */
export function ChooseCustomer() {
  const [id, setId] = useState('')
  const [isRefused, setIsRefused] = useState(false)
  const navigate = useNavigate()
  const alerts = useQuery({
    queryKey: ['alerts', 'of customers'],
    queryFn: ({ signal }) => get<{ alerts: readonly Alert[] }>('/v1/alerts', { limit: 100 }, signal),
  })
  const open = (event: FormEvent): void => {
    event.preventDefault()
    if (UUID.test(id.trim())) void navigate(`/customers/${id.trim().toLowerCase()}`)
    else setIsRefused(true)
  }
  return (
    <Page title="Customer" description="Profile, risk, results, transactions">
      <form onSubmit={open}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Customer id"
            w={340}
            maw="100%"
            value={id}
            error={isRefused ? 'An id has 36 characters, such as 3f0d…' : undefined}
            onChange={(event) => {
              setId(event.currentTarget.value)
              setIsRefused(false)
            }}
          />
          <Button type="submit" variant="default">
            Open
          </Button>
        </Group>
      </form>
      <Section title="Customers of the latest alerts">
        <Loaded query={alerts} what="Loading alerts">
          {({ alerts: newest }) => <Customers alerts={newest} />}
        </Loaded>
      </Section>
    </Page>
  )
}

function Customers({ alerts }: { readonly alerts: readonly Alert[] }) {
  if (alerts.length === 0) return <Empty>No alert yet.</Empty>
  const byCustomer = [...Map.groupBy(alerts, ({ customer_id }) => customer_id)].slice(0, SHOWN_MAX)
  return (
    <List listStyleType="none" spacing="xs">
      {byCustomer.map(([customer, of]) => (
        <List.Item key={customer}>
          <Anchor
            underline="always"
            component={Link}
            to={`/customers/${customer}`}
            style={{ overflowWrap: 'anywhere' }}
          >
            {customer}
          </Anchor>
          <Text span size="sm" c="dimmed" ml="xs">
            {[...new Set(of.map(({ type }) => words(type)))].join(', ')}
          </Text>
        </List.Item>
      ))}
    </List>
  )
}
