import { formatInstant, MINUTE_MS, SECOND_MS } from '@fintech-streams/contracts'
import { type ByteWriter, Literal } from '@fintech-streams/records'

/** The minute that was written last: event times of a stream come close together. */
let lastMinuteMs = NaN
let lastMinute = new Literal('')
/** `00.` to `59.`, and `000Z"` to `999Z"`. */
const SECONDS = Array.from({ length: 60 }, (_, second) => new Literal(`${String(second).padStart(2, '0')}.`))
const FRACTIONS = Array.from({ length: 1_000 }, (_, ms) => new Literal(`${String(ms).padStart(3, '0')}Z"`))

/** Writes whole milliseconds as `"2026-11-20T13:31:00.000Z"`. */
export function writeInstant(into: ByteWriter, ms: number): void {
  const minuteMs = Math.floor(ms / MINUTE_MS) * MINUTE_MS
  if (minuteMs !== lastMinuteMs) {
    lastMinute = new Literal(`"${formatInstant(minuteMs).slice(0, -'00.000Z'.length)}`)
    lastMinuteMs = minuteMs
  }
  const second = Math.floor((ms - minuteMs) / SECOND_MS)
  into.literal(lastMinute)
  into.literal(SECONDS[second]!)
  into.literal(FRACTIONS[ms - minuteMs - second * SECOND_MS]!)
}
