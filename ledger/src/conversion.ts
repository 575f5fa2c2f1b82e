const E8 = 100_000_000

/** Converts minor units by a rate in units of 10^-8, rounded half up, in integers. `amountMinor` is not negative. */
export function multiplyE8(amountMinor: number, rateE8: number): number {
  const product = amountMinor * rateE8
  if (Number.isSafeInteger(product)) {
    const rest = product % E8
    return (product - rest) / E8 + (2 * rest >= E8 ? 1 : 0)
  }
  return checked((2n * BigInt(amountMinor) * BigInt(rateE8) + BigInt(E8)) / BigInt(2 * E8))
}

/** The inverse: minor units of a currency that are worth this many US cents, rounded half up, in integers. */
export function divideE8(amountUsdMinor: number, rateE8: number): number {
  const rate = BigInt(rateE8)
  return checked((2n * BigInt(amountUsdMinor) * BigInt(E8) + rate) / (2n * rate))
}

function checked(minor: bigint): number {
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`amount ${minor} is beyond the safe range`)
  return Number(minor)
}
