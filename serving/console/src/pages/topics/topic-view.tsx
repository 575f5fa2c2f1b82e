import { Anchor, Stack, Table, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { TopicDetail } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { number } from '../../elements/format.ts'
import { Page } from '../../elements/page.tsx'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'
import { Messages } from './messages.tsx'

const REFRESH_MS = 3_000

/** One topic: its records, its partitions, and who reads it. */
export function TopicView({ name }: { readonly name: string }) {
  const found = useQuery({
    queryKey: ['topic', name],
    queryFn: ({ signal }) => get<TopicDetail>(`/v1/topics/${encodeURIComponent(name)}`, {}, signal),
    refetchInterval: REFRESH_MS,
  })
  return (
    <Page
      title={name}
      description={
        <Anchor component={Link} to="/topics" underline="always">
          All topics
        </Anchor>
      }
    >
      <Loaded query={found}>
        {(topic) => (
          <Stack gap="lg">
            <section aria-labelledby="partitions">
              <Title order={2} size="h4" id="partitions">
                Partitions
              </Title>
              <Partitions topic={topic} />
            </section>
            <section aria-labelledby="readers">
              <Title order={2} size="h4" id="readers">
                Readers
              </Title>
              <Readers topic={topic} />
            </section>
            <section aria-labelledby="records">
              <Title order={2} size="h4" id="records">
                Records
              </Title>
              <Messages topic={topic} />
            </section>
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

const Partitions = ({ topic }: { readonly topic: TopicDetail }) => (
  <ScrollRegion label="Partitions" minWidth={320}>
    <Table verticalSpacing={4} maw={700} aria-label="Partitions">
      <Table.Thead>
        <Table.Tr>
          {['Partition', 'Leader', 'First offset', 'Next offset'].map((heading) => (
            <Table.Th key={heading} scope="col" className="numeric">
              {heading}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {topic.partitions.map(({ partition, leader, begin_offset, end_offset }) => (
          <Table.Tr key={partition}>
            {[partition, leader, begin_offset, end_offset].map((value, at) => (
              <Table.Td key={at} className="numeric">
                {number(value)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </ScrollRegion>
)

function Readers({ topic: { readers } }: { readonly topic: TopicDetail }) {
  if (readers.length === 0) return <Empty>Nobody keeps how far he has read this topic.</Empty>
  return (
    <ScrollRegion label="Readers" minWidth={460}>
      <Table verticalSpacing={4} maw={900} aria-label="Readers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Reader</Table.Th>
            <Table.Th scope="col">Offsets in</Table.Th>
            <Table.Th scope="col">Next offsets</Table.Th>
            <Table.Th scope="col" className="numeric">
              Lag
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {readers.map(({ name, kept_in, positions }) => (
            <Table.Tr key={name}>
              <Table.Td className="breaks">{name}</Table.Td>
              <Table.Td>{kept_in}</Table.Td>
              <Table.Td>
                {positions.map(({ partition, offset }) => `${partition}: ${number(offset)}`).join(' · ')}
              </Table.Td>
              <Table.Td className="numeric">{number(positions.reduce((sum, { lag }) => sum + lag, 0))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}
