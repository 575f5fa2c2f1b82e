import { Alert, Group, Loader, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Conservation, ConservationAnswer } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { duration, time } from '../../elements/format.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Loaded, Loading } from '../../elements/states.tsx'

/** Each look at an answer that is old starts another audit. */
const LOOK_EVERY_MS = 3_000

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
  const found = useQuery({
    queryKey: ['conservation'],
    queryFn: ({ signal }) => get<ConservationAnswer>('/v1/audit/conservation', {}, signal),
    refetchInterval: LOOK_EVERY_MS,
  })
  return (
    <section aria-labelledby="conservation">
      <Group gap="sm" mb="xs">
        <Title order={2} id="conservation">
          Conservation
        </Title>
        {found.data?.is_running === true && (
          <Group gap={6} c="dimmed">
            <Loader size={14} aria-hidden />
            <Text size="sm">counting</Text>
          </Group>
        )}
      </Group>
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
    </section>
  )
}

function Equations({ last }: { readonly last: Conservation }) {
  const { color, title } = VERDICTS[last.state]
  return (
    <>
      <Alert color={color} title={title} role="status">
        {explained(last)}
      </Alert>
      <ScrollRegion label="What must be equal" minWidth={640}>
        <Table verticalSpacing={6} aria-label="What must be equal">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What must be equal</Table.Th>
              <Table.Th scope="col" className="numeric">
                Left
              </Table.Th>
              <Table.Th scope="col" className="numeric">
                Right
              </Table.Th>
              <Table.Th scope="col" className="numeric">
                Difference
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {last.checks.map((check) => (
              <CheckRow key={check.name} check={check} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <Text size="sm" c="dimmed">
        Transactions of {time(last.from)} to {time(last.to)} UTC. Counted in {duration(last.took_seconds * 1_000)}, at{' '}
        {time(last.ended_at)}.
      </Text>
    </>
  )
}

function CheckRow({ check }: { readonly check: Conservation['checks'][number] }) {
  const { name, left, right, difference, different_minutes: minutes } = check
  const isEqual = /^0(\.0+)?$/.test(difference)
  return (
    <Table.Tr>
      <Table.Th scope="row" fw="normal">
        {MEANING[name] ?? name}
        {minutes.length > 0 && (
          <Text size="sm" c="dimmed">
            They differ in the minutes {minutes.map((minute) => time(minute)).join(', ')}
          </Text>
        )}
      </Table.Th>
      <SideCell side={left} check={check} />
      <SideCell side={right} check={check} />
      <Table.Td className="numeric">
        <Text fw={600} c={isEqual ? 'var(--good)' : 'var(--bad)'} inherit>
          {isEqual ? '0' : grouped(difference)}
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}

type Side = Conservation['checks'][number]['left']

const SideCell = ({ side, check }: { readonly side: Side; readonly check: Conservation['checks'][number] }) => (
  <Table.Td className="numeric">
    {check.unit === 'US dollars' ? '$' : ''}
    {grouped(side.value)}
    <Text size="xs" c="dimmed">
      {side.what}
    </Text>
  </Table.Td>
)

/** The decimal text as it is, with commas between thousands: it may be more than a number holds. */
const grouped = (decimal: string): string => decimal.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',')

function explained({ state, behind }: Conservation): string {
  if (state === 'conserved') return 'What was written came out: all sides are equal, minute by minute.'
  if (state === 'behind') return `Something is still on its way: ${behind ?? 'not everything has come through'}.`
  return 'The sides differ, though everything has come through. Something was lost, doubled or changed.'
}
