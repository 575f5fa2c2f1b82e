import { formatMinor, type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter, Literal } from '@fintech-streams/records'

const QUOTE = new Literal('"')
/** `.00"` to `.99"`. */
const CENTS = Array.from({ length: 100 }, (_, cents) => new Literal(`.${String(cents).padStart(2, '0')}"`))

/** Writes minor units as a decimal string with two digits, in quotes. */
export function writeMinor(into: ByteWriter, minor: SumMinor): void {
  if (typeof minor === 'bigint' || minor < 0) {
    into.ascii(`"${formatMinor(minor)}"`)
    return
  }
  const whole = Math.floor(minor / 100)
  into.literal(QUOTE)
  into.number(whole)
  into.literal(CENTS[minor - 100 * whole]!)
}
