import { Alert, Code, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Chaos as ChaosRun, ChaosAnswer } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { duration, number, time } from '../../elements/format.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Loaded } from '../../elements/states.tsx'

/** What became of the last run of `make chaos` on this machine. */
export function Chaos() {
  const found = useQuery({
    queryKey: ['chaos'],
    queryFn: ({ signal }) => get<ChaosAnswer>('/v1/audit/chaos', {}, signal),
    refetchInterval: 60_000,
  })
  return (
    <section aria-labelledby="chaos">
      <Title order={2} id="chaos" mb="xs">
        Last chaos run
      </Title>
      <Loaded query={found}>{({ last }) => (last === null ? <NoRun /> : <Report report={last} />)}</Loaded>
    </section>
  )
}

const NoRun = () => (
  <Text>
    There was none on this machine. <Code>make chaos</Code> starts a stack of its own, breaks it again and again under
    load, and recomputes every result.
  </Text>
)

function Report({ report }: { readonly report: ChaosRun }) {
  const { ok, faults, load, transactions, verification } = report
  return (
    <Stack gap="sm">
      <Alert
        color={ok ? 'green' : 'red'}
        title={ok ? 'Nothing lost, nothing doubled, nothing wrong' : 'It found a fault'}
      >
        {number(faults)} faults under {number(load.offered_per_second)} transactions a second, in{' '}
        {duration(report.seconds * 1_000)} from {time(report.started_at)} UTC. {number(transactions.in_postgres)}{' '}
        transactions in Postgres, {number(transactions.in_kafka)} in Kafka.{' '}
        {verification === null
          ? 'The run ended before its results were recomputed.'
          : `${number(verification.compared)} results recomputed: ${number(verification.missing)} missing, ` +
            `${number(verification.duplicate)} twice, ${number(verification.wrong)} wrong, ` +
            `${number(verification.unexpected)} unexpected.`}
      </Alert>
      <ScrollRegion label="Recovery by kind of fault" minWidth={420}>
        <Table verticalSpacing={4} maw={800} aria-label="Recovery by kind of fault">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What was broken</Table.Th>
              <Table.Th scope="col" className="numeric">
                Times
              </Table.Th>
              <Table.Th scope="col" className="numeric">
                Median recovery
              </Table.Th>
              <Table.Th scope="col" className="numeric">
                Longest
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.recovery.map(({ kind, count, median_seconds, max_seconds }) => (
              <Table.Tr key={kind}>
                <Table.Th scope="row" fw="normal">
                  {kind}
                </Table.Th>
                <Table.Td className="numeric">{count}</Table.Td>
                <Table.Td className="numeric">{duration(median_seconds * 1_000)}</Table.Td>
                <Table.Td className="numeric">{duration(max_seconds * 1_000)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <Text size="sm" c="dimmed">
        Recovery is the time from the fault until transactions committed after it had their verdicts. The same faults
        again: <Code>make chaos SEED={report.seed}</Code>
      </Text>
    </Stack>
  )
}
