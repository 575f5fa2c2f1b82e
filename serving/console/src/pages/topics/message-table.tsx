import { Button, Drawer, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Message } from '@fintech-streams/api/schema'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { number, time } from '../../elements/format.ts'
import { oneLine, RecordView } from './content.tsx'

const offsetOf = ({ partition, offset }: Message): string => `${partition}/${offset}`

const COLUMNS: readonly Column<Message>[] = [
  { header: 'Offset', cell: offsetOf, role: 'opens', width: 120 },
  { header: 'Time', cell: (message) => time(message.timestamp_ms), width: 170 },
  { header: 'Key', cell: ({ key }) => oneLine(key), width: '25%', className: 'one-line' },
  { header: 'Value', cell: ({ value }) => oneLine(value).slice(0, 300), className: 'one-line' },
]

const STEPS = [
  ['The one above', -1],
  ['The one below', 1],
] as const

/** Records in lines; one of them can be opened. */
export function MessageTable({ messages }: { readonly messages: readonly Message[] }) {
  const [opened, setOpened] = useState<Message>()
  const at = opened === undefined ? -1 : messages.findIndex((message) => offsetOf(message) === offsetOf(opened))
  return (
    <>
      <DataTable
        label="Records"
        minWidth={560}
        verticalSpacing={4}
        fz="sm"
        layout="fixed"
        columns={COLUMNS}
        rows={messages}
        rowKey={offsetOf}
        isMarked={(message) => message === messages[at]}
        onOpen={setOpened}
        striped
        highlightOnHover
      />
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
              {STEPS.map(([label, by]) => (
                <Button
                  key={label}
                  size="xs"
                  variant="default"
                  disabled={at === -1 || messages[at + by] === undefined}
                  onClick={() => setOpened(messages[at + by])}
                >
                  {label}
                </Button>
              ))}
              <Text size="sm" c="dimmed">
                {time(opened.timestamp_ms)} UTC
              </Text>
            </Group>
            <RecordView record={opened} />
          </Stack>
        )}
      </Drawer>
    </>
  )
}
