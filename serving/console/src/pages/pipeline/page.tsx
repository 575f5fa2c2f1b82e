import { Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Pipeline } from '@fintech-streams/monitor'
import { get } from '../../api/client.ts'
import { duration, time } from '../../elements/format.ts'
import { Page } from '../../elements/page.tsx'
import { count, perSecond } from '../../elements/rates.ts'
import { Section } from '../../elements/section.tsx'
import { Loaded } from '../../elements/states.tsx'
import { ConnectorsTable } from './connectors-table.tsx'
import { Flow } from './flow.tsx'
import { JobsTable } from './jobs-table.tsx'
import { ProcessesTable } from './processes-table.tsx'
import { StagesTable } from './stages-table.tsx'
import { Troubles } from './troubles.tsx'

const EVERY_MS = 2_000

/** What flows, what does it, and what is wrong. */
export default function PipelinePage() {
  const pipeline = useQuery({
    queryKey: ['pipeline'],
    queryFn: ({ signal }) => get<Pipeline>('/v1/pipeline', {}, signal),
    refetchInterval: EVERY_MS,
  })
  return (
    <Page
      title="Pipeline"
      description="From a row in Postgres to a result in its table"
      controls={
        <Text size="sm" c="dimmed">
          {pipeline.data === undefined ? 'no answer yet' : `as of ${time(pipeline.data.as_of)} UTC`}
        </Text>
      }
    >
      <Loaded query={pipeline} what="Asking every part of the platform">
        {(answer) => <Parts pipeline={answer} />}
      </Loaded>
    </Page>
  )
}

function Parts({ pipeline }: { readonly pipeline: Pipeline }) {
  const { troubles, summary, flow, jobs, stages, connectors, processes } = pipeline
  return (
    <Stack gap="lg">
      <Troubles summary={summary} troubles={troubles} />
      <Figures pipeline={pipeline} />
      <Section title="Flow" note="Rates of the last ten seconds">
        <Flow flow={flow} />
      </Section>
      <Section
        title="Jobs"
        note="Latency: from a row’s commit in Postgres to the commit in which the job counted it, over the last minute"
      >
        <JobsTable jobs={jobs} />
      </Section>
      <Section title="Stages" note="Each runs a task per partition; state is saved by checkpoints">
        <StagesTable stages={stages} />
      </Section>
      <Section title="Connectors">
        <ConnectorsTable connectors={connectors} />
      </Section>
      <Section title="Processes">
        <ProcessesTable processes={processes} />
      </Section>
    </Stack>
  )
}

function Figures({
  pipeline: { latency, stages, jobs, late_beyond_horizon: beyond },
}: {
  readonly pipeline: Pipeline
}) {
  const [source] = stages
  const results = jobs.map((job) => job.records_out_per_second).filter((rate) => rate !== null)
  const written = results.length === 0 ? null : results.reduce((sum, rate) => sum + rate, 0)
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }} spacing="sm">
      <Figure name="Records in" value={perSecond(source?.records_per_second ?? null)} />
      <Figure name="Results out" value={perSecond(written)} />
      <Figure name="Latency, half below" value={latency === null ? '–' : duration(1_000 * latency.p50_seconds)} />
      <Figure name="Latency, 99 % below" value={latency === null ? '–' : duration(1_000 * latency.p99_seconds)} />
      <Figure name="Beyond the duplicate horizon" value={count(beyond)} />
    </SimpleGrid>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fz="xl" fw={600} style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
        {value}
      </Text>
    </Paper>
  )
}
