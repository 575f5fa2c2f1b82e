import { number } from './format.ts'

const UNKNOWN = '–'
const LARGE = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** `12`, `3.4`, `1.2 k`: three digits at most, for where there is little room. */
export function short(value: number | null): string {
  if (value === null) return UNKNOWN
  const [size, unit] = LARGE.find(([least]) => Math.abs(value) >= least) ?? [1, '']
  const scaled = value / size
  const digits = Math.abs(scaled) >= 100 || Number.isInteger(scaled) ? 0 : 1
  return `${scaled.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`
}

/** `4.2/s` */
export const perSecond = (value: number | null): string => (value === null ? UNKNOWN : `${short(value)}/s`)

/** `12 rows/s`, `1.2 kB/s` */
export function rateOf(value: number | null, unit: string): string {
  if (value === null) return UNKNOWN
  return unit === 'bytes' ? `${short(value)}${value >= 1e3 ? '' : ' '}B/s` : `${short(value)} ${unit}/s`
}

export const bytes = (value: number | null): string =>
  value === null ? UNKNOWN : `${short(value)}${value >= 1e3 ? '' : ' '}B`

/** Whole numbers as they are, or that nothing is known. */
export const count = (value: number | null): string => (value === null ? UNKNOWN : number(value))
