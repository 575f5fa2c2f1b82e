import { Button, Group, NativeSelect, NumberInput, Stack, Switch, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { MessageQuestion, MessagesAnswer, TopicDetail } from '@fintech-streams/api/schema'
import { get, type QueryPart } from '../../api/client.ts'
import { number } from '../../elements/format.ts'
import { Empty, Loaded } from '../../elements/states.tsx'
import { MessageTable } from './message-table.tsx'

const LIMIT = 50
const FOLLOW_MS = 2_000

type Where = 'latest' | 'offset' | 'time'
const WHERE = [
  { value: 'latest', label: 'The last ones' },
  { value: 'offset', label: 'From an offset' },
  { value: 'time', label: 'From a time' },
]

/** Records of a topic, looked for by place, time or key. */
export function Messages({ topic }: { readonly topic: TopicDetail }) {
  const [question, setQuestion] = useState<MessageQuestion>({ limit: LIMIT })
  const [isFollowed, setFollowed] = useState(false)
  const found = useQuery({
    queryKey: ['messages', topic.name, question],
    queryFn: ({ signal }) =>
      get<MessagesAnswer>(`/v1/topics/${encodeURIComponent(topic.name)}/messages`, question as QueryPart, signal),
    refetchInterval: isFollowed ? FOLLOW_MS : false,
    placeholderData: keepPreviousData,
  })
  return (
    <Stack>
      <Form
        topic={topic}
        ask={(asked) => {
          setQuestion(asked)
          if (asked === question) void found.refetch()
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

interface FormProps {
  readonly topic: TopicDetail
  readonly ask: (question: MessageQuestion) => void
}

function Form({ topic, ask }: FormProps) {
  const [partition, setPartition] = useState('')
  const [where, setWhere] = useState<Where>('latest')
  const [offset, setOffset] = useState<string | number>(0)
  const [since, setSince] = useState(() => new Date(Date.now() - 600_000).toISOString().slice(0, 16))
  const [key, setKey] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const sinceMs = Date.parse(`${since}Z`)
    ask({
      limit: LIMIT,
      ...(where === 'offset' ? { partition: Number(partition), offset: Math.max(0, Number(offset)) } : {}),
      ...(where !== 'offset' && partition !== '' ? { partition: Number(partition) } : {}),
      ...(where === 'time' && !Number.isNaN(sinceMs) ? { since: sinceMs } : {}),
      ...(key.trim() === '' ? {} : { key: key.trim() }),
    })
  }
  const partitions = topic.partitions.map((one) => ({ value: String(one.partition), label: String(one.partition) }))
  return (
    <form onSubmit={submit} aria-label="Which records">
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="Which"
          data={WHERE}
          value={where}
          onChange={({ currentTarget: { value } }) => {
            setWhere(value as Where)
            // An offset is one of a partition.
            if (value === 'offset' && partition === '') setPartition(partitions[0]?.value ?? '')
          }}
        />
        <NativeSelect
          label="Partition"
          data={where === 'offset' ? partitions : [{ value: '', label: 'All' }, ...partitions]}
          value={partition}
          onChange={(event) => setPartition(event.currentTarget.value)}
        />
        {where === 'offset' && <NumberInput label="Offset" min={0} value={offset} onChange={setOffset} w={140} />}
        {where === 'time' && (
          <TextInput
            type="datetime-local"
            label="From (UTC)"
            value={since}
            onChange={(event) => setSince(event.currentTarget.value)}
          />
        )}
        <TextInput
          label="Key contains"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          w={{ base: '100%', xs: 280 }}
        />
        <Button type="submit">Show</Button>
      </Group>
    </form>
  )
}
