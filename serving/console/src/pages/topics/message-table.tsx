import { Button, Drawer, Group, Stack, Table, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Message } from '@fintech-streams/api/schema'
import { number, time } from '../../elements/format.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { ContentView, oneLine } from './content.tsx'

const placeOf = ({ partition, offset }: Message): string => `${partition}/${offset}`

/** Records in lines; one of them can be opened. */
export function MessageTable({ messages }: { readonly messages: readonly Message[] }) {
  const [opened, setOpened] = useState<Message>()
  const at = opened === undefined ? -1 : messages.findIndex((message) => placeOf(message) === placeOf(opened))
  const step = (by: number): void => {
    const next = messages[at + by]
    if (at !== -1 && next !== undefined) setOpened(next)
  }
  return (
    <>
      <ScrollRegion label="Records" minWidth={560}>
        <Table striped highlightOnHover verticalSpacing={4} fz="sm" layout="fixed" aria-label="Records">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" w={120}>
                Place
              </Table.Th>
              <Table.Th scope="col" w={150}>
                Time
              </Table.Th>
              <Table.Th scope="col" w="25%">
                Key
              </Table.Th>
              <Table.Th scope="col">Value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {messages.map((message) => (
              <Table.Tr key={placeOf(message)}>
                <Table.Td>
                  <Button
                    variant="subtle"
                    size="compact-sm"
                    px={4}
                    aria-label={`${placeOf(message)}: open the record`}
                    onClick={() => setOpened(message)}
                  >
                    {placeOf(message)}
                  </Button>
                </Table.Td>
                <Table.Td>{time(message.timestamp_ms)}</Table.Td>
                <Table.Td className="one-line">{oneLine(message.key)}</Table.Td>
                <Table.Td className="one-line">{oneLine(message.value).slice(0, 300)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <Drawer
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        position="right"
        size="lg"
        title={opened === undefined ? '' : `Partition ${opened.partition}, offset ${number(opened.offset)}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {opened !== undefined && (
          <Stack gap="sm">
            <Group gap="xs">
              <Button size="xs" variant="default" disabled={at <= 0} onClick={() => step(-1)}>
                The one above
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={at === -1 || at >= messages.length - 1}
                onClick={() => step(1)}
              >
                The one below
              </Button>
              <Text size="sm" c="dimmed">
                {time(opened.timestamp_ms)} UTC
              </Text>
            </Group>
            <Title order={3} size="h5">
              Key
            </Title>
            <ContentView content={opened.key} label="Key" />
            <Title order={3} size="h5">
              Value
            </Title>
            <ContentView content={opened.value} label="Value" />
          </Stack>
        )}
      </Drawer>
    </>
  )
}
