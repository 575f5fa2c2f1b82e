import { Badge } from '@mantine/core'

/** States as the API and Connect name them, each with a colour, a sign and a word: no state is told by colour alone. */
const CONDITIONS: Readonly<Record<string, { readonly color: string; readonly sign: string; readonly word: string }>> = {
  up: { color: 'teal', sign: '●', word: 'up' },
  RUNNING: { color: 'teal', sign: '●', word: 'running' },
  starting: { color: 'yellow', sign: '◐', word: 'not ready' },
  unknown: { color: 'gray', sign: '?', word: 'unknown' },
  UNKNOWN: { color: 'gray', sign: '?', word: 'unknown' },
  absent: { color: 'gray', sign: '○', word: 'not installed' },
  PAUSED: { color: 'yellow', sign: '❚❚', word: 'paused' },
  down: { color: 'red', sign: '✕', word: 'down' },
  FAILED: { color: 'red', sign: '✕', word: 'failed' },
  MISSING: { color: 'red', sign: '✕', word: 'missing' },
}

export const conditionOf = (state: string) =>
  CONDITIONS[state] ?? { color: 'yellow', sign: '◐', word: state.toLowerCase().replaceAll('_', ' ') }

export function ConditionBadge({ state }: { readonly state: string }) {
  const { color, sign, word } = conditionOf(state)
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      tt="none"
      leftSection={<span aria-hidden>{sign}</span>}
      styles={{
        root: { maxWidth: 'none', flexShrink: 0 },
        label: { color: 'var(--mantine-color-text)', overflow: 'visible' },
      }}
    >
      {word}
    </Badge>
  )
}
