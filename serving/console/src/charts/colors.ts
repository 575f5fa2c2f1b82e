import { useComputedColorScheme } from '@mantine/core'

/** Colours of charts. They stand on the background of the theme with enough contrast to be read as text, too. */
export interface Colors {
  readonly text: string
  readonly dimmed: string
  /** Axes and borders. */
  readonly line: string
  readonly panel: string
  readonly land: string
  /** For one series after the other. */
  readonly series: readonly string[]
  /** By Grafana's names. */
  readonly named: Readonly<Record<string, string>>
}

const LIGHT: Colors = {
  text: '#212529',
  dimmed: '#495057',
  line: '#ced4da',
  panel: '#ffffff',
  land: '#e3e8ed',
  series: '#0b7285 #c2410c #5f3dc4 #2b8a3e #a61e4d #8a5a00 #1864ab #495057 #087f5b #862e9c'.split(' '),
  named: { green: '#2b8a3e', orange: '#b34700', red: '#c92a2a', blue: '#1864ab', yellow: '#8a5a00', purple: '#862e9c' },
}

const DARK: Colors = {
  text: '#e9ecef',
  dimmed: '#b8b8b8',
  line: '#4a4e55',
  panel: '#2e2e2e',
  land: '#3a3f45',
  series: '#3bc9db #ffa94d #b197fc #69db7c #faa2c1 #ffd43b #74c0fc #ced4da #38d9a9 #e599f7'.split(' '),
  named: { green: '#69db7c', orange: '#ffa94d', red: '#ff8787', blue: '#74c0fc', yellow: '#ffd43b', purple: '#e599f7' },
}

/** Those of the theme that is shown. */
export const useColors = (): Colors =>
  useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark' ? DARK : LIGHT

/** Of the series at this place; there are more series than colours only where few tell them apart. */
export const seriesColor = ({ series, text }: Colors, at: number): string => series[at % series.length] ?? text

/** A colour by Grafana's name; `dark-red` and the like are the plain one, which the theme has made fit. */
export const namedColor = ({ named, text }: Colors, name: string): string =>
  named[name.replace(/^(super-light|light|semi-dark|dark)-/, '')] ?? text
