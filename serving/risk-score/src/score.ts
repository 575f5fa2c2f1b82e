import { type SumMinor } from '@fintech-streams/contracts'

/** Sum divided by count, in dollars; 0 where there is nothing. */
export function riskScore(sumMinor: SumMinor, count: number): number {
  return count === 0 ? 0 : Number(sumMinor) / (100 * count)
}
