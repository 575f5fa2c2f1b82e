import { Alert, List, Text } from '@mantine/core'
import type { Trouble } from '@fintech-streams/monitor'

/** What one look shows; the tables below have the rest. */
const SHOWN_MAX = 12

/** What is wrong, in words, the worst first. */
export function Troubles({ summary, troubles }: { readonly summary: string; readonly troubles: readonly Trouble[] }) {
  const isBroken = troubles.some(({ severity }) => severity === 'error')
  const color = isBroken ? 'red' : troubles.length > 0 ? 'yellow' : 'teal'
  const hidden = troubles.length - SHOWN_MAX
  return (
    <Alert color={color} role="region" aria-label="Condition of the platform" variant="light">
      {/* Only the summary is said when it changes: the list would be read out every few seconds. */}
      <Text fw={600} role="status" data-testid="summary">
        {summary}
      </Text>
      {troubles.length > 0 && (
        <List size="sm" mt="xs" spacing={4} data-testid="troubles">
          {troubles.slice(0, SHOWN_MAX).map(({ severity, part, text }) => (
            <List.Item key={`${part}: ${text}`} style={{ overflowWrap: 'anywhere' }}>
              <Text span inherit fw={600}>
                {severity === 'error' ? 'Broken: ' : 'Look at: '}
              </Text>
              {text}
            </List.Item>
          ))}
          {hidden > 0 && <List.Item>and {hidden} more, in the tables below</List.Item>}
        </List>
      )}
    </Alert>
  )
}
