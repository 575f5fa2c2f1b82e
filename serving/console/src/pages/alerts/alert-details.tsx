import { Anchor, Button, Code, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { Facts } from '../../elements/facts.tsx'
import { number, time } from '../../elements/format.ts'
import { usd, words } from '../../elements/money.ts'
import { Empty, Loading } from '../../elements/states.tsx'
import { TransactionsTable } from '../customer/transactions-table.tsx'
import { KindBadge } from './alerts-table.tsx'

interface AlertDetailsProps {
  readonly alert: Alert | undefined
  readonly isLoading: boolean
  readonly onClose: () => void
}

/** Why there is an alert: the rule, what it compared, the numbers, and what else the customer did. */
export function AlertDetails({ alert, isLoading, onClose }: AlertDetailsProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const isThere = alert !== undefined
  useEffect(() => heading.current?.focus(), [isThere])
  return (
    <Paper
      withBorder
      p="md"
      className="stays"
      component="section"
      aria-label="The alert"
      data-testid="alert-details"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} ref={heading} tabIndex={-1}>
            {alert === undefined ? 'Alert' : words(alert.type)}
            {alert !== undefined && <KindBadge alert={alert} />}
          </Title>
          <Button variant="default" size="xs" onClick={onClose}>
            Close
          </Button>
        </Group>
        {alert === undefined ? (
          isLoading ? (
            <Loading />
          ) : (
            <Empty>There is no such alert any more.</Empty>
          )
        ) : (
          <Content alert={alert} />
        )}
      </Stack>
    </Paper>
  )
}

function Content({ alert }: { readonly alert: Alert }) {
  return (
    <>
      <Text>{alert.explanation}</Text>
      <Facts
        facts={[
          ['Time', `${time(alert.event_time)} UTC`],
          ['Amount', usd(alert.amount_usd)],
          ['Score', number(alert.score)],
          ['Rules', `version ${alert.rule_version}`],
          ['Transaction', alert.transaction_id],
        ]}
      />
      <Anchor underline="always" component={Link} to={`/customers/${alert.customer_id}`}>
        Customer {alert.customer_id}
      </Anchor>
      <Title order={3}>What was compared</Title>
      <Table verticalSpacing={4} data-testid="comparisons">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What</Table.Th>
            <Table.Th>Is</Table.Th>
            <Table.Th>Limit</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {alert.comparisons.map(({ what, value, relation, limit }) => (
            <Table.Tr key={what}>
              <Table.Td>{what}</Table.Td>
              <Table.Td>
                <strong>{value}</strong>, {relation}
              </Table.Td>
              <Table.Td>{limit}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Title order={3}>Thresholds of the rule</Title>
      {alert.thresholds === null ? (
        <Text size="sm">Version {alert.rule_version} of the rules is not the one in use any more.</Text>
      ) : (
        <Facts facts={Object.entries(alert.thresholds).map(([name, value]) => [name, textOf(value)] as const)} />
      )}
      <Title order={3}>Evidence as the job wrote it</Title>
      <Code block tabIndex={0} aria-label="Evidence">
        {JSON.stringify(alert.evidence, null, 2)}
      </Code>
      <Title order={3}>The customer’s latest transactions</Title>
      <TransactionsTable customerId={alert.customer_id} markedId={alert.transaction_id} rows={8} />
    </>
  )
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
