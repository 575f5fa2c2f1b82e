import { Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import type { Pipeline } from '@fintech-streams/monitor'
import { useGet } from '../../api/queries.ts'
import { TableSection } from '../../elements/data-table.tsx'
import { formatted, time, type Unit } from '../../elements/format.ts'
import { Page } from '../../elements/page.tsx'
import { Section } from '../../elements/section.tsx'
import { Loaded } from '../../elements/states.tsx'
import { CONNECTORS, JOBS, PROCESSES, STAGES } from './columns.tsx'
import { Flow } from './flow.tsx'
import { latencyPeriod, ratePeriod } from './periods.ts'
import { Troubles } from './troubles.tsx'

/** What flows, what does it, and what is wrong. */
export default function PipelinePage() {
  const pipeline = useGet<Pipeline>('/v1/pipeline', { everyMs: 2_000 })
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
      <Section title="Flow" note={`Rates: ${ratePeriod(pipeline)}`}>
        <Flow flow={flow} />
      </Section>
      <TableSection
        label="Jobs"
        note={`Latency: from a row’s commit in Postgres to the commit in which the job counted it, ${latencyPeriod(pipeline)}`}
        columns={JOBS}
        rows={jobs}
        minWidth={1_020}
        layout="fixed"
        highlightOnHover
        data-testid="jobs"
      />
      <TableSection
        label="Stages"
        note="Each runs a task per partition; state is saved by checkpoints"
        columns={STAGES}
        rows={stages}
        minWidth={860}
      />
      <TableSection
        label="Connectors"
        empty="Neither Connect nor Postgres knows of a connector."
        columns={CONNECTORS}
        rows={connectors}
        minWidth={860}
      />
      <TableSection
        label="Processes"
        columns={PROCESSES}
        rows={processes}
        minWidth={720}
        rowAttributes={({ name, state }) => ({ 'data-process': name, 'data-state': state })}
      />
    </Stack>
  )
}

function Figures({ pipeline }: { readonly pipeline: Pipeline }) {
  const { latency, stages, jobs, late_beyond_horizon: beyond } = pipeline
  const results = jobs.map((job) => job.records_out_per_second).filter((rate) => rate !== null)
  const written = results.length === 0 ? null : results.reduce((sum, rate) => sum + rate, 0)
  const [rates, latencies] = [ratePeriod(pipeline), latencyPeriod(pipeline)]
  const figures: readonly (readonly [name: string, value: number | null | undefined, unit: Unit, period: string])[] = [
    ['Records in', stages[0]?.records_per_second, 'cps', rates],
    ['Results out', written, 'cps', rates],
    ['Latency, half below', latency?.p50_seconds, 's', latencies],
    ['Latency, 99 % below', latency?.p99_seconds, 's', latencies],
    ['Beyond the duplicate horizon', beyond, 'count', 'since the workers started'],
  ]
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }} spacing="sm">
      {figures.map(([name, value, unit, period]) => (
        <Paper key={name} withBorder p="xs">
          <Text size="xs" c="dimmed">
            {name}
          </Text>
          <Text fz="xl" fw={600} style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
            {formatted(value, unit)}
          </Text>
          <Text size="xs" c="dimmed">
            {period}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  )
}
