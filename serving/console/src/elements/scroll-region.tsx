import { Box } from '@mantine/core'
import { type ReactNode } from 'react'

interface ScrollRegionProps {
  readonly label: string
  /** Of what is within, in pixels: on less room it is scrolled. */
  readonly minWidth: number
  readonly children: ReactNode
}

/** Something wide, such as a table, which is scrolled within the page: by keyboard, too. */
export function ScrollRegion({ label, minWidth, children }: ScrollRegionProps) {
  return (
    <Box role="region" aria-label={`${label}, table`} tabIndex={0} style={{ overflowX: 'auto' }}>
      <Box miw={minWidth}>{children}</Box>
    </Box>
  )
}
