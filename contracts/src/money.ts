/**
 * Money is an integer count of minor units (cents) inside a program and a decimal string on the wire; it is never a
 * float. One amount must fit the safe integer range. A sum that leaves that range goes on as a bigint, so it stays
 * exact and no record can stop a task by being large.
 */
export type SumMinor = number | bigint

/** Where a sum begins. A plain 0 would make an accumulator's field a `number`, which no sum can be assigned to. */
export const ZERO_MINOR: SumMinor = 0

/** A decimal that is not an amount of money. */
export class MoneyError extends Error {
  readonly code: 'bad_decimal' | 'too_many_digits' | 'out_of_range'

  constructor(code: MoneyError['code'], text: string) {
    super(`not an amount of money: ${JSON.stringify(text.slice(0, 64))} (write it like "1234.50")`)
    this.name = 'MoneyError'
    this.code = code
  }
}

const ZERO = 48
const NINE = 57
const POINT = 46
const MINUS = 45

/**
 * Reads a decimal string as minor units: digits, then at most a point and one or two digits, with an optional minus.
 * Zeros may follow, since some programs write every decimal with as many digits.
 * @throws MoneyError when it is anything else, or beyond the safe integer range.
 */
export function parseMinor(text: string): number {
  const negative = text.charCodeAt(0) === MINUS
  const start = negative ? 1 : 0
  let minor = 0
  let at = start
  let hasMoreDigits = false
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < ZERO || code > NINE) break
    minor = minor * 10 + (code - ZERO)
  }
  if (at === start) throw new MoneyError('bad_decimal', text)
  const fraction = text.length - at - 1
  if (fraction === -1) {
    minor *= 100
  } else {
    if (text.charCodeAt(at) !== POINT || fraction === 0) throw new MoneyError('bad_decimal', text)
    for (let digit = 1; digit <= fraction; digit += 1) {
      const code = text.charCodeAt(at + digit)
      if (code < ZERO || code > NINE) throw new MoneyError('bad_decimal', text)
      if (digit <= 2) minor = minor * 10 + (code - ZERO)
      else if (code !== ZERO) hasMoreDigits = true
    }
    if (hasMoreDigits) throw new MoneyError('too_many_digits', text)
    if (fraction === 1) minor *= 10
  }
  if (minor > Number.MAX_SAFE_INTEGER) throw new MoneyError('out_of_range', text)
  return negative && minor !== 0 ? -minor : minor
}

/** Adds an amount to a sum, exactly. */
export function addMinor(sum: SumMinor, amountMinor: SumMinor): SumMinor {
  if (typeof sum === 'number' && typeof amountMinor === 'number') {
    const total = sum + amountMinor
    if (Number.isSafeInteger(total)) return total
  }
  return BigInt(sum) + BigInt(amountMinor)
}

/** `.00` to `.99`. */
const CENTS: readonly string[] = Array.from({ length: 100 }, (_, cents) => `.${String(cents).padStart(2, '0')}`)

/** Writes minor units as a decimal string with two digits: `123450` is `"1234.50"`. */
export function formatMinor(minor: SumMinor): string {
  if (minor < 0) return `-${formatMinor(-minor)}`
  if (typeof minor === 'bigint') return `${minor / 100n}${CENTS[Number(minor % 100n)]!}`
  const cents = minor % 100
  return `${(minor - cents) / 100}${CENTS[cents]!}`
}

/** The average of `count` amounts, none negative, in minor units, rounded half up. */
export function averageMinor(sum: SumMinor, count: number): SumMinor {
  if (typeof sum === 'bigint') {
    const n = BigInt(count)
    return sum / n + (2n * (sum % n) >= n ? 1n : 0n)
  }
  const remainder = sum % count
  const quotient = (sum - remainder) / count
  return 2 * remainder >= count ? quotient + 1 : quotient
}

/** The average as a decimal string with two digits. */
export function formatAverage(sum: SumMinor, count: number): string {
  return formatMinor(averageMinor(sum, count))
}
