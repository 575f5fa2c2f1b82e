import { type ComplianceFlag, type RiskLevel, type TransactionType } from '@fintech-streams/contracts'
import { type FraudAlert } from './records.ts'

const HIGH_VALUE_MINOR = 10_000_00

/** How a transaction is judged. */
export interface Risk {
  /** 0 to 100, two digits; the level follows from it. */
  score: number
  /** Those that follow from score and amount where nobody says others. */
  flags?: ComplianceFlag[]
  alert?: FraudAlert | null
}

/** What the facts alone say: 20 over 10,000.00, 10 for a customer above 50, 15 for a wire transfer. */
export function riskScoreOf(facts: { amountUsdMinor: number; customerRisk: number; type: TransactionType }): number {
  let score = facts.amountUsdMinor > HIGH_VALUE_MINOR ? 20 : 0
  if (facts.customerRisk > 50) score += 10
  if (facts.type === 'WIRE_TRANSFER') score += 15
  return score
}

export function riskLevelOf(score: number): RiskLevel {
  if (score > 80) return 'CRITICAL'
  if (score > 60) return 'HIGH'
  return score > 30 ? 'MEDIUM' : 'LOW'
}

/** The flags that score and amount alone give. */
export function complianceFlagsOf(score: number, amountUsdMinor: number): ComplianceFlag[] {
  const flags: ComplianceFlag[] = []
  if (amountUsdMinor > HIGH_VALUE_MINOR) flags.push('HIGH_VALUE')
  if (score > 70) flags.push('HIGH_RISK')
  return flags
}
