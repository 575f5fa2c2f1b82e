import { Group, Paper, Text, Title } from '@mantine/core'
import { type ReactNode } from 'react'

interface SectionProps {
  readonly title: string
  readonly note?: ReactNode
  readonly children: ReactNode
}

/** A part of a page with its heading. */
export function Section({ title, note, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <Group gap="sm" align="baseline" mb="xs">
        <Title order={2}>{title}</Title>
        {note !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            {note}
          </Text>
        )}
      </Group>
      {children}
    </section>
  )
}

interface CardProps extends SectionProps {
  readonly order?: 2 | 3
  readonly minHeight?: number
}

/** A part with a border, beside others; its note is below the heading. */
export function Card({ title, note, children, order = 2, minHeight }: CardProps) {
  return (
    <Paper
      withBorder
      p="md"
      component="section"
      aria-label={title}
      {...(minHeight === undefined ? {} : { mih: minHeight })}
    >
      <Title order={order} mb="xs">
        {title}
      </Title>
      {note !== undefined && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
      {children}
    </Paper>
  )
}
