import { type ComplianceFlag, type RiskLevel, type TransactionType } from '@fintech-streams/contracts'
import { complianceFlagsOf, type FraudAlert, type Risk, riskLevelOf, riskScoreOf } from '@fintech-streams/ledger'
import { choiceOf, type Random } from '../random.ts'

const STRUCTURING_MINOR = 3_000_00

interface Facts {
  amountUsdMinor: number
  customerRisk: number
  type: TransactionType
  /** What the signs of a fraud (a new device, a far place) add. */
  uplift: number
}

/** How the generator judges a transaction: by the facts, and by chance. */
export function drawRisk(facts: Facts, newId: () => string, random: Random): Risk {
  const score = drawRiskScore(facts, random)
  const flags = drawComplianceFlags(score, facts.amountUsdMinor, random)
  return { score, flags, alert: drawFraudAlert(riskLevelOf(score), newId, random) }
}

/**
 * Risk score of a transaction, 0 to 100, two digits: what the facts say and up to 20 by chance. Without an uplift it never
 * passes 65, so that alone makes a transaction CRITICAL.
 */
export function drawRiskScore(facts: Facts, random: Random): number {
  return Math.round(Math.min(100, facts.uplift + riskScoreOf(facts) + random.uniform(0, 20)) * 100) / 100
}

/** Compliance flags of a transaction; two of them are partly a matter of chance. */
export function drawComplianceFlags(riskScore: number, amountUsdMinor: number, random: Random): ComplianceFlag[] {
  const flags = complianceFlagsOf(riskScore, amountUsdMinor)
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
  }
}
