import { Alert, createTheme, type CSSVariablesResolver } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  // The title in the alert's own colour would be hard to read on it.
  components: { Alert: Alert.extend({ styles: { label: { color: 'var(--mantine-color-text)' } } }) },
  headings: { sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.15rem' }, h3: { fontSize: '1rem' } } },
})

/** Dimmed text, and words that say good or bad, with a contrast of more than 4.5 to 1 on the theme's backgrounds. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--good': 'var(--mantine-color-green-9)',
    '--bad': 'var(--mantine-color-red-9)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--good': 'var(--mantine-color-green-4)',
    '--bad': 'var(--mantine-color-red-4)',
  },
})
