import { DAY_MS, HOUR_MS, InstantError, MINUTE_MS, parseInstant, SECOND_MS } from '@fintech-streams/contracts'
import { Reject } from './reject.ts'

/** Reads a time as milliseconds since the epoch. It throws a Reject for anything else, and for a time before 1970. */
export type TimeReader = (text: string) => number

/** Digits by which a number is shifted to become milliseconds. */
const EPOCHS = { epoch_s: 3, epoch_ms: 0, epoch_us: -3, epoch_ns: -6 } as const
/** Units that are counted from the mapping's `start`. */
const STEPS_MS = { step_s: SECOND_MS, step_min: MINUTE_MS, step_h: HOUR_MS, step_d: DAY_MS } as const
const LAST_MS = Date.UTC(10_000, 0) - 1
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const ZONE = '(Z|UTC|GMT|[+-]\\d\\d(?::?\\d\\d(?::?\\d\\d)?)?)'
const YEAR_FIRST = new RegExp(
  `^(\\d{4})([-/])(\\d\\d)\\2(\\d\\d)(?:[T ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d{1,12}))?)?)? *${ZONE}?(?: UTC)?$`,
  'i',
)

const EXAMPLES = {
  iso: 'a time with its zone, such as 2026-11-20T13:31:00Z (a file of UTC times: "time": "utc")',
  utc: 'a time such as 2026-11-20 13:31:00 (or say its form: "time": "DD.MM.YYYY HH:mm")',
} as const

/** The reader of a mapping's times: `iso`, `utc`, an epoch, steps from `start` on, or a form like `DD.MM.YYYY HH:mm`. */
export function timeReader({ time, start = 0 }: { time: string; start?: number | undefined }): TimeReader {
  const read = readerOf(time, start)
  if (read === undefined) throw new RangeError(`"${time}" is no form of a time`)
  return (text) => since1970(text, read)
}

/** True for a form that times can be read by. */
export function isTimeForm(form: string): boolean {
  return readerOf(form, 0) !== undefined
}

/** True for a form that needs a start. */
export function isSteps(form: string): boolean {
  return Object.hasOwn(STEPS_MS, form)
}

function readerOf(form: string, startMs: number): TimeReader | undefined {
  if (form === 'iso' || form === 'utc') return (text) => yearFirst(text, form)
  if (Object.hasOwn(EPOCHS, form)) return (text) => scaled(text, EPOCHS[form as keyof typeof EPOCHS])
  if (Object.hasOwn(STEPS_MS, form)) {
    const stepMs = STEPS_MS[form as keyof typeof STEPS_MS]
    return (text) => startMs + Math.round(steps(text) * stepMs)
  }
  return patternReader(form)
}

function since1970(text: string, read: TimeReader): number {
  try {
    const atMs = read(text)
    if (atMs >= 0 && atMs <= LAST_MS) return atMs
    throw new Reject(`created_at is "${text}", expected a time since 1970`)
  } catch (error) {
    if (error instanceof InstantError) throw new Reject(`created_at: ${error.message}`)
    throw error
  }
}

function yearFirst(text: string, form: 'iso' | 'utc'): number {
  const [, year, , month, day, hour, minute, second, fraction, zone] = YEAR_FIRST.exec(text) ?? []
  const isMissing = year === undefined || (form === 'iso' && (hour === undefined || zone === undefined))
  if (isMissing) throw new Reject(`created_at is "${text}", expected ${EXAMPLES[form]}`)
  return instantOf({ year, month, day, hour, minute, second, fraction, zone })
}

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'zone'
type Parts = { [part in Part]?: string | undefined }

function instantOf({ year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone }: Parts): number {
  const two = (text = ''): string => text.padStart(2, '0')
  const clock = `${two(hour)}:${two(minute)}:${two(second)}.${fraction.slice(0, 9)}`
  return parseInstant(`${year}-${two(month)}-${two(day)}T${clock}Z`) - offsetOf(zone)
}

function offsetOf(zone: string | undefined): number {
  const [, sign, hour, minute = '0', second = '0'] = /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(zone ?? '') ?? []
  if (hour === undefined) return 0
  // No zone is further from UTC, and Postgres takes none that is.
  if (Number(hour) > 15 || Number(minute) > 59) throw new Reject(`created_at has the zone ${zone}, which is none`)
  const ms = Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS
  return sign === '-' ? -ms : ms
}

/** A decimal number with its point moved right, cut to a whole number; `1e+05` is how R writes 100000. */
function scaled(text: string, places: number): number {
  const [, whole, fraction = '', exponent = '0'] = /^(\d{1,20})(?:[.,](\d+))?(?:e\+?(\d{1,2}))?$/i.exec(text) ?? []
  if (whole === undefined) throw new Reject(`created_at is "${text}", expected a number`)
  const point = whole.length + places + Number(exponent)
  return Number((whole + fraction).slice(0, Math.max(0, point)).padEnd(point, '0'))
}

function steps(text: string): number {
  if (!/^\d{1,20}(?:\.\d+)?(?:e\+?\d{1,2})?$/i.test(text))
    throw new Reject(`created_at is "${text}", expected a number`)
  return Number(text)
}

/** What a letter of a pattern stands for. */
const TOKENS: Readonly<Record<string, readonly [part: string, expression: string]>> = {
  YYYY: ['year', '\\d{4}'],
  YY: ['year', '\\d\\d'],
  MMM: ['month', '[a-z]{3}'],
  MM: ['month', '\\d\\d'],
  M: ['month', '\\d{1,2}'],
  DD: ['day', '\\d\\d'],
  D: ['day', '\\d{1,2}'],
  HH: ['hour', '\\d\\d'],
  H: ['hour', '\\d{1,2}'],
  hh: ['hour', '\\d\\d'],
  h: ['hour', '\\d{1,2}'],
  mm: ['minute', '\\d\\d'],
  ss: ['second', '\\d\\d'],
  SSS: ['fraction', '\\d{1,12}'],
  A: ['half', '[ap]\\.?m\\.?'],
  Z: ['zone', ZONE.slice(1, -1)],
}
const TOKEN = /YYYY|YY|MMM|MM?|DD?|HH?|hh?|mm|ss|SSS|A|Z|[^]/g

/** The reader of a pattern: its letters as in most libraries, anything else as it stands. A time without zone is UTC. */
function patternReader(pattern: string): TimeReader | undefined {
  const seen = new Set<string>()
  const expression = (pattern.match(TOKEN) ?? []).map((token) => {
    const [part, digits] = Object.hasOwn(TOKENS, token) ? (TOKENS[token] ?? []) : []
    if (part === undefined) return token.replace(/[^\w\s]/, '\\$&')
    // A part that is said twice has to say the same.
    if (seen.has(part)) return `\\k<${part}>`
    seen.add(part)
    return `(?<${part}>${digits})`
  })
  const isDate = ['year', 'month', 'day'].every((part) => seen.has(part))
  const isTwelve = /h/.test(pattern)
  if (!isDate || seen.has('half') !== isTwelve) return undefined
  const form = new RegExp(`^${expression.join('')}$`, 'i')
  return (text) => {
    const parts = form.exec(text)?.groups
    if (parts === undefined) throw new Reject(`created_at is "${text}", expected ${pattern}`)
    return instantOf({ ...parts, year: yearOf(parts['year']), month: monthOf(parts['month']), ...hourOf(parts) })
  }
}

const yearOf = (text = ''): string => (text.length === 2 ? `20${text}` : text)

function monthOf(text = ''): string {
  const named = MONTHS.indexOf(text.toLowerCase())
  return named === -1 ? text : String(named + 1)
}

/** The hour of 24. @throws Reject for an hour that no clock of twelve shows. */
function hourOf({ hour, half }: Readonly<Record<string, string | undefined>>): { hour?: string } {
  if (half === undefined) return {}
  const twelve = Number(hour)
  if (twelve < 1 || twelve > 12) throw new Reject(`created_at has the hour ${hour} of twelve`)
  return { hour: String((twelve % 12) + (/^p/i.test(half) ? 12 : 0)) }
}
