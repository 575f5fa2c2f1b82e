/** Event time is milliseconds since the epoch, UTC; on the wire it is ISO-8601 with `Z`. */

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export const seconds = (n: number): number => n * SECOND_MS
export const minutes = (n: number): number => n * MINUTE_MS
export const hours = (n: number): number => n * HOUR_MS
export const days = (n: number): number => n * DAY_MS

/** A text that is not a UTC instant. */
export class InstantError extends Error {
  readonly code = 'bad_time'

  constructor(text: string) {
    super(`not a UTC time: ${JSON.stringify(text.slice(0, 64))} (write it like "2026-11-20T13:31:00.000Z")`)
    this.name = 'InstantError'
  }
}

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/

/**
 * Reads an ISO-8601 time that ends in `Z`, with up to nine digits of a second's fraction, cut to milliseconds.
 * @throws InstantError for anything else, a day that its month does not have included.
 */
export function parseInstant(text: string): number {
  const match = INSTANT.exec(text)
  if (match === null) throw new InstantError(text)
  const [, year, month, day, hour, minute, second, fraction] = match
  const ms = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3))
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const at = date.setUTCHours(Number(hour), Number(minute), Number(second), ms)
  const exists =
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    date.getUTCDate() === Number(day) &&
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCFullYear() === Number(year)
  if (!exists) throw new InstantError(text)
  return at
}

/** The minute that was written last: event times of a stream come close together. */
let lastMinuteMs = Number.NaN
let lastMinute = ''

/** Writes an event time as `2026-11-20T13:31:00.000Z`. */
export function formatInstant(ms: number): string {
  const minuteMs = Math.floor(ms / MINUTE_MS) * MINUTE_MS
  if (minuteMs !== lastMinuteMs) {
    lastMinute = new Date(minuteMs).toISOString().slice(0, -7)
    lastMinuteMs = minuteMs
  }
  const withinMs = ms - minuteMs
  const second = Math.floor(withinMs / SECOND_MS)
  const fraction = withinMs - second * SECOND_MS
  return `${lastMinute}${second < 10 ? '0' : ''}${second}.${fraction < 10 ? '00' : fraction < 100 ? '0' : ''}${fraction}Z`
}

/** The hour of the UTC day, 0 to 23. */
export function utcHour(ms: number): number {
  return ((Math.floor(ms / HOUR_MS) % 24) + 24) % 24
}
