/** How values are written: numbers with the digits that say something, times in UTC, a dash for what is not known. */

export const UNKNOWN = '–'

const numbers = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat('en', options)
const PLAIN = numbers({ maximumFractionDigits: 2 })
const COMPACT = numbers({ notation: 'compact', maximumFractionDigits: 2 })
const ROUGH = numbers({ notation: 'compact', maximumSignificantDigits: 3 })
const PERCENT = numbers({ style: 'percent', maximumFractionDigits: 1 })
const USD = numbers({ style: 'currency', currency: 'USD' })
const COMPACT_USD = numbers({ style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 2 })
const CENTS = numbers({ minimumFractionDigits: 2, maximumFractionDigits: 2 })
const TIME = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' })

/** From here on a number is shown in thousands, millions, and so on. */
const COMPACT_FROM = 10_000
const KIB = 1_024
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

const FORMATS = {
  /** `12,345.68` */
  count: (value) => PLAIN.format(value),
  none: (value) => PLAIN.format(value),
  short: (value) => (Math.abs(value) < COMPACT_FROM ? PLAIN : COMPACT).format(value),
  /** Three digits, for where there is little room. */
  rough: (value) => ROUGH.format(value),
  currencyUSD: (value) => (Math.abs(value) < COMPACT_FROM ? USD : COMPACT_USD).format(value),
  percentunit: (value) => PERCENT.format(value),
  s: (value) => duration(value * 1_000),
  ms: (value) => duration(value),
  cps: (value) => `${ROUGH.format(value)}/s`,
  bytes: inBytes,
  binBps: (value) => `${inBytes(value)}/s`,
} satisfies Record<string, (value: number) => string>

/** The console's own units, and those of Grafana that the dashboards use. */
export type Unit = keyof typeof FORMATS

const isUnit = (name: string): name is Unit => Object.hasOwn(FORMATS, name)

function inBytes(value: number): string {
  const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log(Math.abs(value) || 1) / Math.log(KIB))))
  return `${ROUGH.format(value / KIB ** power)} ${BYTES[power] ?? 'B'}`
}

/** A value in a unit; one that is not known here is left out. */
export function formatted(value: number | null | undefined, unit = 'short'): string {
  if (value === null || value === undefined) return UNKNOWN
  return FORMATS[isUnit(unit) ? unit : 'none'](value)
}

/** `12,345.68` */
export const number = (value: number | null): string => formatted(value, 'count')

/** `2026-12-01 04:42:06`: a moment in UTC, as everything on the platform is. */
export const time = (value: number | string | Date): string => TIME.format(new Date(value))

const PARTS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** `350 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`: the two largest parts. */
export function duration(ms: number): string {
  if (ms < 0) return `−${duration(-ms)}`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${PLAIN.format(Math.round(ms / 100) / 10)} s`
  const at = PARTS.findIndex(([size]) => ms >= size)
  const [size, unit] = PARTS[at]!
  const [smaller, smallerUnit] = PARTS[at + 1]!
  const rest = Math.floor((ms % size) / smaller)
  return `${Math.floor(ms / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${smallerUnit}`}`
}

/** A decimal string with all of its digits, which a number might not hold. */
const exact = (decimal: string) => decimal as Intl.StringNumericLiteral

/** `$1,234.50`, of a decimal string. */
export const usd = (amount: string | null): string => (amount === null ? UNKNOWN : USD.format(exact(amount)))

/** `1,234.50 EUR`, of a decimal string. */
export const money = (amount: string | null, currency: string): string =>
  amount === null ? UNKNOWN : `${CENTS.format(exact(amount))} ${currency}`

/** `12,345`, of a decimal string. */
export const decimal = (text: string): string => PLAIN.format(exact(text))

/** `HIGH_AMOUNT` and `highAmount` as `High amount`. */
export function words(name: string): string {
  const text = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('_', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Money, which is a decimal with two digits wherever it is written. */
const AMOUNT = /^-?\d+\.\d\d$/

/** Entries of a distribution or a list. */
const ENTRIES_MAX = 8

/** Any value of a result or of evidence in words; of a list or a distribution its first entries. */
export function inWords(value: unknown): string {
  if (typeof value === 'number') return number(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return AMOUNT.test(value) ? CENTS.format(exact(value)) : value
  if (value === null || value === undefined) return 'none'
  const entries = Array.isArray(value)
    ? value.map(inWords)
    : Object.entries(value).map(([name, of]) => `${words(name)} ${inWords(of)}`)
  if (entries.length === 0) return 'none'
  const more = entries.length - ENTRIES_MAX
  return `${entries.slice(0, ENTRIES_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** The JSON object that a text is; undefined when it is none. */
export function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
