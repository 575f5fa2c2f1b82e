import { Code, Text } from '@mantine/core'
import type { Content } from '@fintech-streams/api/schema'
import { number } from '../../elements/format.ts'

/** A key or a value, JSON with a line for each field. */
export function ContentView({ content, label }: { readonly content: Content; readonly label: string }) {
  return (
    <>
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
}

/** In one line, for a table. */
export function oneLine({ format, text }: Content): string {
  if (format === 'null') return '(none)'
  return format === 'binary' ? `0x${text}` : text
}

export function pretty(content: Content): string {
  // Parsing rounds numbers beyond 2⁵³; the platform's records have none, their amounts are text.
  return content.format === 'json' ? JSON.stringify(JSON.parse(content.text), null, 2) : oneLine(content)
}
