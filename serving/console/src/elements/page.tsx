import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

interface PageProps {
  readonly title: string
  readonly description?: ReactNode
  /** Controls that belong to the whole page. */
  readonly controls?: ReactNode
  readonly children: ReactNode
}

/**
 * A page's heading and content. The heading takes the focus when one comes from another page, so that a screen reader
 * says it; at the start the focus is the browser's.
 */
export function Page({ title, description, controls, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const isStart = useLocation().key === 'default'
  useEffect(() => {
    if (!isStart) heading.current?.focus()
    // Of the way here, not of what changes in the address later.
  }, [])
  useEffect(() => {
    document.title = `${title} · fintech-streams`
  }, [title])
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          <Title order={1} ref={heading} tabIndex={-1} className="breaks">
            {title}
          </Title>
          {description !== undefined && <Text c="dimmed">{description}</Text>}
        </div>
        {controls}
      </Group>
      {children}
    </Stack>
  )
}
