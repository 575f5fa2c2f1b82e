import { duration } from '../../elements/format.ts'

const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 })
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })
const compactDollars = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  maximumFractionDigits: 2,
})
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })

/** From here on a number is shown in thousands, millions, and so on. */
const COMPACT_FROM = 10_000
const KIB = 1_024
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

const FORMATS: Readonly<Record<string, (value: number) => string>> = {
  short: (value) => (Math.abs(value) < COMPACT_FROM ? plain : compact).format(value),
  none: (value) => plain.format(value),
  currencyUSD: (value) => (Math.abs(value) < COMPACT_FROM ? dollars : compactDollars).format(value),
  percentunit: (value) => percent.format(value),
  s: (value) => duration(value * 1_000),
  ms: (value) => duration(value),
  cps: (value) => `${(Math.abs(value) < COMPACT_FROM ? plain : compact).format(value)}/s`,
  bytes: (value) => {
    const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log(Math.abs(value) || 1) / Math.log(KIB))))
    return `${plain.format(value / KIB ** power)} ${BYTES[power] ?? 'B'}`
  },
}

/** A value in one of Grafana's units, as far as the dashboards use them; a dash for none. */
export function formatted(value: number | null | undefined, unit = 'short'): string {
  if (value === null || value === undefined) return '–'
  return (FORMATS[unit] ?? plain.format)(value)
}
