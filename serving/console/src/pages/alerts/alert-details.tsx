import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import type { Alert } from '@fintech-streams/api/schema'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { Facts } from '../../elements/facts.tsx'
import { inWords, number, time, usd, words } from '../../elements/format.ts'
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
        {alert !== undefined && <Content alert={alert} />}
        {alert === undefined && (isLoading ? <Loading /> : <Empty>There is no such alert any more.</Empty>)}
      </Stack>
    </Paper>
  )
}

const COMPARED: readonly Column<Alert['comparisons'][number]>[] = [
  { header: 'What', cell: ({ what }) => what },
  {
    header: 'Is',
    cell: ({ value, relation }) => (
      <>
        <strong>{value}</strong>, {relation}
      </>
    ),
  },
  { header: 'Limit', cell: ({ limit }) => limit },
]

/** Evidence that is named by a letter and a number of minutes. */
const COUNTED: Readonly<Record<string, string>> = {
  n1: 'Transactions in one minute',
  n5: 'Transactions in five minutes',
  n60: 'Transactions in the hour',
}

const factsOf = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([name, value]) => [COUNTED[name] ?? words(name), inWords(value)] as const)

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
      <DataTable
        label="What was compared"
        verticalSpacing={4}
        columns={COMPARED}
        rows={alert.comparisons}
        data-testid="comparisons"
      />
      <Title order={3}>Thresholds of the rule</Title>
      {alert.thresholds === null ? (
        <Text size="sm">Version {alert.rule_version} of the rules is not the one in use any more.</Text>
      ) : (
        <Facts facts={factsOf(alert.thresholds)} />
      )}
      <Title order={3}>Evidence</Title>
      <Facts facts={factsOf(alert.evidence)} />
      <Title order={3}>The customer’s latest transactions</Title>
      <TransactionsTable customerId={alert.customer_id} markedId={alert.transaction_id} rows={8} />
    </>
  )
}
