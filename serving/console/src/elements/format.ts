const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' })

/** `12,345.68` */
export const number = (value: number): string => NUMBER.format(value)

/** A moment in UTC, as everything on the platform is. */
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
  if (ms < 60_000) return `${NUMBER.format(Math.round(ms / 100) / 10)} s`
  const at = PARTS.findIndex(([size]) => ms >= size)
  const [size, unit] = PARTS[at]!
  const [smaller, smallerUnit] = PARTS[at + 1]!
  const rest = Math.floor((ms % size) / smaller)
  return `${Math.floor(ms / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${smallerUnit}`}`
}
