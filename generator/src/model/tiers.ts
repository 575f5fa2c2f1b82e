import { CUSTOMER_TIERS, type CustomerTier } from '@fintech-streams/contracts'
import { type Random } from '../random.ts'

export const TIERS = CUSTOMER_TIERS
export type Tier = CustomerTier

export interface TierProfile {
  /** Part of all customers. */
  share: number
  /** Mean of the customers' own risk score, whose deviation is `RISK_DEVIATION`. */
  baseRisk: number
  /** How often a customer is chosen, relative to BASIC. */
  weight: number
  /** Transactions that a customer makes in a day of its own accord; the customer's own number lies in between. */
  dailyTransactions: { min: number; max: number }
  /** Amount of one transaction, minor units of the account's currency. */
  amountMinor: { min: number; max: number; mean: number }
}

export const RISK_DEVIATION = 10

export const TIER_PROFILES: Readonly<Record<Tier, TierProfile>> = {
  BASIC: {
    share: 0.6,
    baseRisk: 20,
    weight: 1,
    dailyTransactions: { min: 1, max: 5 },
    amountMinor: { min: 10_00, max: 500_00, mean: 100_00 },
  },
  PREMIUM: {
    share: 0.25,
    baseRisk: 15,
    weight: 2,
    dailyTransactions: { min: 3, max: 15 },
    amountMinor: { min: 50_00, max: 2_000_00, mean: 500_00 },
  },
  VIP: {
    share: 0.1,
    baseRisk: 10,
    weight: 3,
    dailyTransactions: { min: 5, max: 25 },
    amountMinor: { min: 100_00, max: 10_000_00, mean: 2_000_00 },
  },
  ENTERPRISE: {
    share: 0.05,
    baseRisk: 5,
    weight: 4,
    dailyTransactions: { min: 10, max: 100 },
    amountMinor: { min: 1_000_00, max: 100_000_00, mean: 25_000_00 },
  },
}

/** How many of `count` customers have each tier: the shares, rounded by largest remainder so that they add up. */
export function tierCounts(count: number): Record<Tier, number> {
  const exact = TIERS.map((tier) => ({ tier, wanted: TIER_PROFILES[tier].share * count }))
  const counts = Object.fromEntries(exact.map(({ tier, wanted }) => [tier, Math.floor(wanted)])) as Record<Tier, number>
  const missing = count - TIERS.reduce((sum, tier) => sum + counts[tier], 0)
  exact.sort((one, other) => (other.wanted % 1) - (one.wanted % 1))
  for (const { tier } of exact.slice(0, missing)) counts[tier] += 1
  return counts
}

/**
 * An amount of the tier, in minor units. It is distributed as min + (max - min) · Beta(1, β): many small amounts, few
 * large ones, all inside [min, max]. Of the beta distributions this is the one-parameter family that falls from its
 * minimum on; its mean 1/(1+β) fixes β, and its inverse 1 - (1-u)^(1/β) makes a draw one power.
 */
export function drawAmount(tier: Tier, random: Random): number {
  const { min, max, mean } = TIER_PROFILES[tier].amountMinor
  const beta = (max - min) / (mean - min) - 1
  return Math.round(min + (max - min) * (1 - (1 - random.unit()) ** (1 / beta)))
}

/** A customer's own risk score: the tier's base with a normal deviation, kept inside 0 to 100, two digits. */
export function drawCustomerRisk(tier: Tier, random: Random): number {
  const score = random.gauss(TIER_PROFILES[tier].baseRisk, RISK_DEVIATION)
  return Math.round(Math.min(100, Math.max(0, score)) * 100) / 100
}
