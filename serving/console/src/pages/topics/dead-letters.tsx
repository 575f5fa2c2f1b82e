import { Alert, Anchor, Badge, Button, Group, JsonInput, Modal, Paper, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { DeadLetter, DeadLetters, ReplayResponse, ReplayOrder } from '@fintech-streams/api/schema'
import { post } from '../../api/client.ts'
import { number, objectOf, time } from '../../elements/format.ts'
import { Empty, Failure, Fetched } from '../../elements/states.tsx'
import { pretty, RecordView } from './content.tsx'

const PATH = '/v1/dead-letters'

/** Records that could not be read, why, and a way back for them. */
export const DeadLettersView = () => (
  <Fetched<DeadLetters> path={PATH} everyMs={10_000}>
    {({ dead_letters: letters, is_complete }) =>
      letters.length === 0 ? (
        <Empty>There is no dead letter: every record could be read.</Empty>
      ) : (
        <Stack>
          <Text c="dimmed" size="sm">
            {number(letters.length)} {is_complete ? 'in all' : 'of the newest'}, with the reason. Sending one again
            leaves it here: the new record names it in a header.
          </Text>
          {letters.map((letter) => (
            <Letter key={letter.id} letter={letter} />
          ))}
        </Stack>
      )
    }
  </Fetched>
)

function Letter({ letter }: { readonly letter: DeadLetter }) {
  const [isOpen, setOpen] = useState(false)
  const [isSending, setSending] = useState(false)
  const [topic = ''] = letter.id.split('/')
  return (
    <Paper withBorder p="sm" component="article" aria-label={`Dead letter ${letter.id}`}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs">
            <Badge color="red" variant="outline" tt="none">
              {letter.reason}
            </Badge>
            <Anchor component={Link} to={`/topics/${encodeURIComponent(topic)}`} underline="always">
              {letter.id}
            </Anchor>
            <Text size="sm" c="dimmed">
              {time(letter.timestamp)}
            </Text>
          </Group>
          <Text size="sm" mt={4}>
            {letter.detail}
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide the record' : 'Show the record'}
          </Button>
          <Button size="xs" variant="outline" onClick={() => setSending(true)}>
            Send again…
          </Button>
        </Group>
      </Group>
      {isOpen && <RecordView record={letter} />}
      <Modal
        opened={isSending}
        onClose={() => setSending(false)}
        title="Send this record again"
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Replay letter={letter} done={() => setSending(false)} />
      </Modal>
    </Paper>
  )
}

function Replay({ letter, done }: { readonly letter: DeadLetter; readonly done: () => void }) {
  const original = pretty(letter.value)
  const [text, setText] = useState(original)
  const queries = useQueryClient()
  const corrected = text === original ? undefined : objectOf(text)
  const isUnreadable = text !== original && corrected === undefined
  const replay = useMutation({
    mutationFn: () => {
      const order: ReplayOrder = {
        ids: [letter.id],
        ...(corrected === undefined ? {} : { values: { [letter.id]: corrected } }),
      }
      return post<ReplayResponse>(`${PATH}/replay`, order)
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [PATH] }),
  })
  if (replay.isSuccess) {
    return (
      <Stack>
        <Alert color="green" title="Sent" role="status">
          {letter.id} is in its topic again, {corrected === undefined ? 'as it was' : 'corrected'}. If it still cannot
          be read, it comes back here as another dead letter.
        </Alert>
        <Button variant="default" onClick={done}>
          Close
        </Button>
      </Stack>
    )
  }
  return (
    <Stack>
      {replay.error !== null && <Failure error={replay.error} />}
      <JsonInput
        label="Value"
        description={`As it was, or corrected. Refused with: ${letter.reason} — ${letter.detail}`}
        value={text}
        onChange={setText}
        error={isUnreadable ? 'A corrected value is a JSON object' : undefined}
        autosize
        minRows={4}
        maxRows={18}
        disabled={letter.value.truncated || letter.value.format === 'binary'}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={done}>
          Cancel
        </Button>
        <Button loading={replay.isPending} disabled={isUnreadable} onClick={() => replay.mutate()}>
          {corrected === undefined ? 'Send it as it was' : 'Send it corrected'}
        </Button>
      </Group>
    </Stack>
  )
}
