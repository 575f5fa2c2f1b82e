import { Alert, Group, Loader, Stack, Text } from '@mantine/core'
import type { Conservation, ConservationResponse } from '@fintech-streams/api/schema'
import { useGet } from '../../api/queries.ts'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { decimal, duration, time, usd, words } from '../../elements/format.ts'
import { Section } from '../../elements/section.tsx'
import { Loaded, Loading } from '../../elements/states.tsx'

/** Each look at an answer that is old starts another audit. */

const VERDICTS = {
  conserved: { color: 'green', title: 'Conserved' },
  broken: { color: 'red', title: 'Not conserved' },
  behind: { color: 'yellow', title: 'Not equal yet' },
} as const

/** What each equation says, by its name. */
const MEANING: Readonly<Record<string, string>> = {
  outbox_events: 'Every transaction written has its event in Kafka, by way of the outbox',
  kafka_transactions: 'Every transaction written is in Kafka, by way of Debezium',
  outcomes: 'Every transaction in Kafka has exactly one outcome: a verdict, or a place among the late and the dead',
  minute_counts: 'The minutes of the dashboards hold as many transactions as were written in them',
  minute_amounts: 'And the same amount, to the cent',
}

/** The equations of the running system, as long as somebody looks. */
export function ConservationView() {
  const found = useGet<ConservationResponse>('/v1/audit/conservation', { everyMs: 3_000 })
  const counting = (
    <Group gap={6}>
      <Loader size={14} aria-hidden />
      counting
    </Group>
  )
  return (
    <Section title="Conservation" note={found.data?.is_running === true ? counting : undefined}>
      <Loaded query={found}>
        {({ last, problem }) => (
          <Stack gap="sm">
            {problem !== null && (
              <Alert color="red" title="It cannot be counted now" role="alert">
                {problem}
              </Alert>
            )}
            {last === null ? (
              problem === null && <Loading what="Counting for the first time" />
            ) : (
              <Equations last={last} />
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  )
}

type Check = Conservation['checks'][number]

const amountOf = ({ unit }: Check, value: string): string => (unit === 'US dollars' ? usd(value) : decimal(value))

const COLUMNS: readonly Column<Check>[] = [
  {
    header: 'What must be equal',
    cell: ({ name }) => MEANING[name] ?? name,
    note: ({ different_minutes: minutes }) =>
      minutes.length > 0 && `They differ in the minutes ${minutes.map(time).join(', ')}`,
    role: 'names',
  },
  ...(['left', 'right'] as const).map((side): Column<Check> => ({
    header: words(side),
    cell: (check) => amountOf(check, check[side].value),
    note: (check) => check[side].what,
    align: 'right',
  })),
  {
    header: 'Difference',
    cell: (check) => {
      const isEqual = /^0(\.0+)?$/.test(check.difference)
      return (
        <Text fw={600} c={isEqual ? 'var(--good)' : 'var(--bad)'} inherit>
          {isEqual ? '0' : amountOf(check, check.difference)}
        </Text>
      )
    },
    align: 'right',
  },
]

function Equations({ last }: { readonly last: Conservation }) {
  const { color, title } = VERDICTS[last.state]
  return (
    <>
      <Alert color={color} title={title} role="status">
        {explained(last)}
      </Alert>
      <DataTable label="What must be equal" minWidth={640} columns={COLUMNS} rows={last.checks} />
      <Text size="sm" c="dimmed">
        Transactions of {time(last.from)} to {time(last.to)} UTC. Counted in {duration(last.took_seconds * 1_000)}, at{' '}
        {time(last.ended_at)}.
      </Text>
    </>
  )
}

function explained({ state, behind }: Conservation): string {
  if (state === 'conserved') return 'What was written came out: all sides are equal, minute by minute.'
  if (state === 'behind') return `Something is still on its way: ${behind ?? 'not everything has come through'}.`
  return 'The sides differ, though everything has come through. Something was lost, doubled or changed.'
}
