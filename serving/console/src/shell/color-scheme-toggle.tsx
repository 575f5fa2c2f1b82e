import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { moonIcon, sunIcon } from '../elements/icons.tsx'

export function ColorSchemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <ActionIcon variant="default" size="lg" aria-label={`Switch to ${other}`} onClick={() => setColorScheme(other)}>
      {scheme === 'dark' ? sunIcon : moonIcon}
    </ActionIcon>
  )
}
