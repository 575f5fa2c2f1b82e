import { Anchor, Stack, Table, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { TopicList as Answer } from '@fintech-streams/api/schema'
import { get } from '../../api/client.ts'
import { number } from '../../elements/format.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'

const REFRESH_MS = 5_000

export function TopicList() {
  const [filter, setFilter] = useState('')
  const found = useQuery({
    queryKey: ['topics'],
    queryFn: ({ signal }) => get<Answer>('/v1/topics', {}, signal),
    refetchInterval: REFRESH_MS,
  })
  return (
    <Stack>
      <TextInput
        type="search"
        label="Filter"
        placeholder="Part of a name"
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        maw={330}
      />
      <Loaded query={found}>{({ topics }) => <Rows topics={topics} filter={filter.trim().toLowerCase()} />}</Loaded>
    </Stack>
  )
}

function Rows({ topics, filter }: { readonly topics: Answer['topics']; readonly filter: string }) {
  const shown = topics.filter(({ name }) => name.toLowerCase().includes(filter))
  if (shown.length === 0)
    return <Empty>{filter === '' ? 'There is no topic yet.' : 'No topic has this in its name.'}</Empty>
  return (
    <ScrollRegion label="Topics" minWidth={280}>
      <Table striped highlightOnHover verticalSpacing={6} aria-label="Topics">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Topic</Table.Th>
            <Table.Th scope="col" className="numeric">
              Partitions
            </Table.Th>
            <Table.Th scope="col" className="numeric">
              Records
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map(({ name, partitions, records }) => (
            <Table.Tr key={name}>
              <Table.Td className="breaks">
                <Anchor component={Link} to={`/topics/${encodeURIComponent(name)}`} inherit underline="always">
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td className="numeric">{partitions}</Table.Td>
              <Table.Td className="numeric">{number(records)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  )
}
