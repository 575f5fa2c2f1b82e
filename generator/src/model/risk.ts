import { type ComplianceFlag, type RiskLevel, type TransactionType } from '@fintech-streams/contracts'
import { choiceOf, type Random } from '../random.ts'
import { type FraudAlert } from './records.ts'

const HIGH_VALUE_MINOR = 10_000_00
const STRUCTURING_MINOR = 3_000_00

/**
 * Risk score of a transaction, 0 to 100, two digits: 20 over 10,000.00, 10 for a customer above 50, 15 for a wire
 * transfer, and up to 20 by chance. `uplift` is what a scenario's signs (a new device, a far place) add: without it a
 * score never passes 65, so it alone makes a transaction CRITICAL.
 */
export function drawRiskScore(
  facts: { amountUsdMinor: number; customerRisk: number; type: TransactionType; uplift: number },
  random: Random,
): number {
  let factors = facts.uplift
  if (facts.amountUsdMinor > HIGH_VALUE_MINOR) factors += 20
  if (facts.customerRisk > 50) factors += 10
  if (facts.type === 'WIRE_TRANSFER') factors += 15
  return Math.round(Math.min(100, factors + random.uniform(0, 20)) * 100) / 100
}

export function riskLevelOf(score: number): RiskLevel {
  if (score > 80) return 'CRITICAL'
  if (score > 60) return 'HIGH'
  return score > 30 ? 'MEDIUM' : 'LOW'
}

/** Compliance flags of a transaction; two of them are partly a matter of chance. */
export function drawComplianceFlags(riskScore: number, amountUsdMinor: number, random: Random): ComplianceFlag[] {
  const flags: ComplianceFlag[] = []
  if (amountUsdMinor > HIGH_VALUE_MINOR) flags.push('HIGH_VALUE')
  if (riskScore > 70) flags.push('HIGH_RISK')
  if (amountUsdMinor > STRUCTURING_MINOR && random.chance(0.2)) flags.push('STRUCTURING_SUSPECTED')
  if (random.chance(0.05)) flags.push('SANCTIONS_CHECK_REQUIRED')
  return flags
}

export const ALERT_TYPES = [
  'Unusual spending pattern',
  'Geographic anomaly',
  'Velocity check failed',
  'Device mismatch',
  'Time-based anomaly',
  'Amount threshold exceeded',
  'Merchant blacklist match',
  'Card testing detected',
] as const

/** How often a transaction of level HIGH or CRITICAL raises an alert. */
export const ALERT_SHARE = 0.4

const severities = choiceOf<RiskLevel>({ LOW: 10, MEDIUM: 30, HIGH: 40, CRITICAL: 20 })

/** The alert that a transaction of this level raises, if it raises one. */
export function drawFraudAlert(level: RiskLevel, newId: () => string, random: Random): FraudAlert | null {
  if (level !== 'HIGH' && level !== 'CRITICAL') return null
  if (!random.chance(ALERT_SHARE)) return null
  return {
    alertId: newId(),
    alertType: random.pick(ALERT_TYPES),
    severity: severities.pick(random),
    confidenceScore: Math.round(random.uniform(0.5, 1) * 1000) / 1000,
    rulesTriggered: Array.from({ length: random.int(1, 3) }, () => `RULE_${random.int(100, 999)}`),
    eventId: newId(),
  }
}
