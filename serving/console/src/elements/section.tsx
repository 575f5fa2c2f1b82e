import { Group, Text, Title } from '@mantine/core'
import { type ReactNode } from 'react'

interface SectionProps {
  readonly title: string
  readonly note?: string
  readonly children: ReactNode
}

/** A part of a page with its heading. */
export function Section({ title, note, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <Group gap="sm" align="baseline" mb="xs">
        <Title order={2}>{title}</Title>
        {note !== undefined && (
          <Text size="sm" c="dimmed">
            {note}
          </Text>
        )}
      </Group>
      {children}
    </section>
  )
}
