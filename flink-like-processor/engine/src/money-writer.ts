import { formatMinor, type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'

/** Writes minor units as a decimal string with two digits, in quotes. */
export function writeMinor(into: ByteWriter, minor: SumMinor): void {
  if (typeof minor === 'bigint' || minor < 0) {
    into.ascii(`"${formatMinor(minor)}"`)
    return
  }
  const cents = minor % 100
  into.ascii('"')
  into.number((minor - cents) / 100)
  into.ascii(cents < 10 ? '.0' : '.')
  into.number(cents)
  into.ascii('"')
}
