import { Alert, Code, Stack, Text } from '@mantine/core'
import type { Chaos as ChaosRun, ChaosResponse } from '@fintech-streams/api/schema'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { duration, number, time } from '../../elements/format.ts'
import { Section } from '../../elements/section.tsx'
import { Fetched } from '../../elements/states.tsx'

/** How the last run of `make chaos` on this machine ended. */
export const Chaos = () => (
  <Section title="Last chaos run">
    <Fetched<ChaosResponse> path="/v1/audit/chaos" everyMs={60_000}>
      {({ last }) => (last === null ? <NoRun /> : <Report report={last} />)}
    </Fetched>
  </Section>
)

const NoRun = () => (
  <Text>
    There was none on this machine. <Code>make chaos</Code> starts a stack of its own, breaks it again and again under
    load, and recomputes every result.
  </Text>
)

const COLUMNS: readonly Column<ChaosRun['recovery'][number]>[] = [
  { header: 'What was broken', cell: ({ kind }) => kind, role: 'names' },
  { header: 'Times', cell: ({ count }) => count, unit: 'count' },
  { header: 'Median recovery', cell: ({ median_seconds: median }) => median, unit: 's' },
  { header: 'Longest', cell: ({ max_seconds: longest }) => longest, unit: 's' },
]

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
      <DataTable label="Recovery by kind of fault" minWidth={420} maw={800} columns={COLUMNS} rows={report.recovery} />
      <Text size="sm" c="dimmed">
        Recovery is the time from the fault until transactions committed after it had their verdicts. The same faults
        again: <Code>make chaos SEED={report.seed}</Code>
      </Text>
    </Stack>
  )
}
