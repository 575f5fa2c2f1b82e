import { MINUTE_MS } from '@fintech-streams/contracts'
import { Button, Group, NativeSelect, Stack, Switch, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { MessagesRequest, MessagesResponse, TopicDetail } from '@fintech-streams/api/schema'
import { useGet } from '../../api/queries.ts'
import { fieldsOf } from '../../elements/fields.ts'
import { number } from '../../elements/format.ts'
import { Empty, Loaded } from '../../elements/states.tsx'
import { MessageTable } from './message-table.tsx'

const LIMIT = 50

const WHERE = [
  { value: 'latest', label: 'The last ones' },
  { value: 'offset', label: 'From an offset' },
  { value: 'time', label: 'From a time' },
]

/** Records of a topic, looked for by place, time or key. */
export function Messages({ topic }: { readonly topic: TopicDetail }) {
  const [request, setRequest] = useState<MessagesRequest>({ limit: LIMIT })
  const [isFollowed, setFollowed] = useState(false)
  const path = `/v1/topics/${encodeURIComponent(topic.name)}/messages`
  const queries = useQueryClient()
  const found = useGet<MessagesResponse>(path, {
    query: request,
    everyMs: isFollowed && 2_000,
    placeholderData: keepPreviousData,
  })
  return (
    <Stack>
      <Form
        topic={topic}
        ask={(asked) => {
          setRequest(asked)
          // The same may be asked again.
          void queries.invalidateQueries({ queryKey: [path] })
        }}
      />
      <Switch
        label="Look again every two seconds"
        checked={isFollowed}
        onChange={(event) => setFollowed(event.currentTarget.checked)}
      />
      <Loaded query={found} what="Reading">
        {({ messages, looked_at, is_complete }) => (
          <>
            <Text size="sm" c="dimmed" role="status">
              {number(messages.length)} shown of {number(looked_at)} looked at
              {is_complete ? '.' : '. Looking was given up there: choose a partition, or a place nearer to it.'}
            </Text>
            {messages.length === 0 ? <Empty>No record.</Empty> : <MessageTable messages={messages} />}
          </>
        )}
      </Loaded>
    </Stack>
  )
}

function Form({ topic, ask }: { readonly topic: TopicDetail; readonly ask: (request: MessagesRequest) => void }) {
  const [where, setWhere] = useState('latest')
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const field = fieldsOf(event.currentTarget)
    const numbers = ['partition', 'offset'].filter((name) => field(name) !== '')
    const sinceMs = Date.parse(`${field('since')}Z`)
    ask({
      limit: LIMIT,
      ...Object.fromEntries(numbers.map((name) => [name, Number(field(name))])),
      ...(Number.isNaN(sinceMs) ? {} : { since: sinceMs }),
      ...(field('key') === '' ? {} : { key: field('key') }),
    })
  }
  const partitions = topic.partitions.map(({ partition }) => String(partition))
  return (
    <form onSubmit={submit} aria-label="Which records">
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="Which"
          data={WHERE}
          value={where}
          onChange={({ currentTarget: { value } }) => setWhere(value)}
        />
        <NativeSelect
          name="partition"
          label="Partition"
          // An offset is one of a partition.
          data={where === 'offset' ? partitions : [{ value: '', label: 'All' }, ...partitions]}
        />
        {where === 'offset' && (
          <TextInput type="number" name="offset" label="Offset" min={0} defaultValue={0} w={140} />
        )}
        {where === 'time' && (
          <TextInput
            type="datetime-local"
            name="since"
            label="From (UTC)"
            defaultValue={new Date(Date.now() - 10 * MINUTE_MS).toISOString().slice(0, 16)}
          />
        )}
        <TextInput name="key" label="Key contains" w={{ base: '100%', xs: 280 }} />
        <Button type="submit">Show</Button>
      </Group>
    </form>
  )
}
