import { Code, Stack, Text } from '@mantine/core'
import type { Content } from '@fintech-streams/api/schema'
import { number } from '../../elements/format.ts'

/** Key and value of a record, JSON with a line for each field. */
export const RecordView = ({ record }: { readonly record: { readonly key: Content; readonly value: Content } }) => (
  <Stack gap={4}>
    <ContentView content={record.key} label="Key" />
    <ContentView content={record.value} label="Value" />
  </Stack>
)

const ContentView = ({ content, label }: { readonly content: Content; readonly label: string }) => (
  <>
    <Text size="sm" fw={600}>
      {label}
    </Text>
    <Code block className="content" tabIndex={0} role="group" aria-label={label}>
      {pretty(content)}
    </Code>
    {content.truncated && (
      <Text size="xs" c="dimmed">
        The beginning of {number(content.bytes)} bytes
      </Text>
    )}
  </>
)

/** In one line, for a table. */
export function oneLine({ format, text }: Content): string {
  if (format === 'null') return '(none)'
  return format === 'binary' ? `0x${text}` : text
}

export function pretty(content: Content): string {
  // Parsing rounds numbers beyond 2⁵³; the platform's records have none, their amounts are text.
  return content.format === 'json' ? JSON.stringify(JSON.parse(content.text), null, 2) : oneLine(content)
}
