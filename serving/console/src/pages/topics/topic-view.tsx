import { Anchor, Stack } from '@mantine/core'
import { Link } from 'react-router'
import type { TopicDetail } from '@fintech-streams/api/schema'
import { type Column, TableSection } from '../../elements/data-table.tsx'
import { number } from '../../elements/format.ts'
import { Page } from '../../elements/page.tsx'
import { Section } from '../../elements/section.tsx'
import { Fetched } from '../../elements/states.tsx'
import { Messages } from './messages.tsx'

const PARTITIONS: readonly Column<TopicDetail['partitions'][number]>[] = [
  { header: 'Partition', cell: ({ partition }) => partition, unit: 'count' },
  { header: 'Leader', cell: ({ leader }) => leader, unit: 'count' },
  { header: 'First offset', cell: (at) => at.begin_offset, unit: 'count' },
  { header: 'Next offset', cell: (at) => at.end_offset, unit: 'count' },
]

const READERS: readonly Column<TopicDetail['readers'][number]>[] = [
  { header: 'Reader', cell: ({ name }) => name, className: 'breaks' },
  { header: 'Offsets in', cell: (reader) => reader.kept_in },
  {
    header: 'Next offsets',
    cell: ({ positions }) => positions.map(({ partition, offset }) => `${partition}: ${number(offset)}`).join(' · '),
  },
  { header: 'Lag', cell: ({ positions }) => positions.reduce((sum, { lag }) => sum + lag, 0), unit: 'count' },
]

/** One topic: its records, its partitions, and who reads it. */
export const TopicView = ({ name }: { readonly name: string }) => (
  <Page
    title={name}
    description={
      <Anchor component={Link} to="/topics" underline="always">
        All topics
      </Anchor>
    }
  >
    <Fetched<TopicDetail> path={`/v1/topics/${encodeURIComponent(name)}`} everyMs={3_000}>
      {(topic) => (
        <Stack gap="lg">
          <TableSection
            label="Partitions"
            minWidth={320}
            maw={700}
            verticalSpacing={4}
            columns={PARTITIONS}
            rows={topic.partitions}
          />
          <TableSection
            label="Readers"
            empty="Nobody keeps how far he has read this topic."
            minWidth={460}
            maw={900}
            verticalSpacing={4}
            columns={READERS}
            rows={topic.readers}
          />
          <Section title="Records">
            <Messages topic={topic} />
          </Section>
        </Stack>
      )}
    </Fetched>
  </Page>
)
