import { parseUuid } from '@fintech-streams/contracts'
import { Anchor, Button, Group, List, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { fieldsOf } from '../../elements/fields.ts'
import { words } from '../../elements/format.ts'
import { Page } from '../../elements/page.tsx'
import { Section } from '../../elements/section.tsx'
import { Empty, Fetched } from '../../elements/states.tsx'

const SHOWN_MAX = 15

/** Which customer: by id, or one of those that alerts are about. */
export function ChooseCustomer() {
  const [isRefused, setIsRefused] = useState(false)
  const navigate = useNavigate()
  const open = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const id = parseUuid(fieldsOf(event.currentTarget)('id'))
    if (id !== undefined) void navigate(`/customers/${id}`)
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
            name="id"
            error={isRefused ? 'An id has 36 characters, such as 3f0d…' : undefined}
            onChange={() => setIsRefused(false)}
          />
          <Button type="submit" variant="default">
            Open
          </Button>
        </Group>
      </form>
      <Section title="Customers of the latest alerts">
        <Fetched<{ alerts: readonly Alert[] }> path="/v1/alerts" query={{ limit: 100 }} what="Loading alerts">
          {({ alerts }) => <Customers alerts={alerts} />}
        </Fetched>
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
          <Anchor underline="always" component={Link} to={`/customers/${customer}`} className="breaks">
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
