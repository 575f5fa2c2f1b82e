import { formatInstant, MINUTE_MS, SECOND_MS } from '@fintech-streams/contracts'
import { type ByteWriter, Literal } from '@fintech-streams/records'

/** The minute that was written last: event times of a stream come close together. */
let lastMinuteMs = NaN
let lastMinute = new Literal('')
const POINT = new Literal('.')
const END = new Literal('Z"')

/** Writes whole milliseconds as `"2026-11-20T13:31:00.000Z"`. */
export function writeInstant(into: ByteWriter, ms: number): void {
  const minuteMs = Math.floor(ms / MINUTE_MS) * MINUTE_MS
  if (minuteMs !== lastMinuteMs) {
    lastMinute = new Literal(`"${formatInstant(minuteMs).slice(0, -'00.000Z'.length)}`)
    lastMinuteMs = minuteMs
  }
  const second = Math.floor((ms - minuteMs) / SECOND_MS)
  into.literal(lastMinute)
  into.digits(second, 2)
  into.literal(POINT)
  into.digits(ms - minuteMs - second * SECOND_MS, 3)
  into.literal(END)
}
