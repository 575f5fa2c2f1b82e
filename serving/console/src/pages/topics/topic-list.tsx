import { Anchor, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import type { TopicList as Answer } from '@fintech-streams/api/schema'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { Fetched } from '../../elements/states.tsx'

const COLUMNS: readonly Column<Answer['topics'][number]>[] = [
  {
    header: 'Topic',
    cell: ({ name }) => (
      <Anchor component={Link} to={`/topics/${encodeURIComponent(name)}`} inherit underline="always">
        {name}
      </Anchor>
    ),
    className: 'breaks',
  },
  { header: 'Partitions', cell: ({ partitions }) => partitions, unit: 'count' },
  { header: 'Records', cell: ({ records }) => records, unit: 'count' },
]

export function TopicList() {
  const [text, setText] = useState('')
  const filter = text.trim().toLowerCase()
  return (
    <Stack>
      <TextInput
        type="search"
        label="Filter"
        placeholder="Part of a name"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maw={330}
      />
      <Fetched<Answer> path="/v1/topics" everyMs={5_000}>
        {({ topics }) => (
          <DataTable
            label="Topics"
            empty={filter === '' ? 'There is no topic yet.' : 'No topic has this in its name.'}
            minWidth={280}
            columns={COLUMNS}
            rows={topics.filter(({ name }) => name.toLowerCase().includes(filter))}
            striped
            highlightOnHover
          />
        )}
      </Fetched>
    </Stack>
  )
}
