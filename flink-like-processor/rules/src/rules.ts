import { readFileSync } from 'node:fs'
import { MoneyError, parseMinor } from '@fintech-streams/contracts'
import { z } from 'zod'

/** The rules that come with the project. */
export const RULES_FILE = new URL('../../rules.json', import.meta.url)

/** An amount in USD: a decimal string in the document, minor units in `Rules`. */
const usd = z.string().transform((text, context) => {
  try {
    const minor = parseMinor(text)
    if (minor >= 0) return minor
    context.addIssue('an amount is not below zero')
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error
    context.addIssue(error.message)
  }
  return z.NEVER
})

/** A share in whole tenths: 0.3 in the document, 3 in `Rules`, so that no rounding decides a comparison. */
const tenths = z
  .number()
  .min(0)
  .max(1)
  .refine((share) => share === Math.round(share * 10) / 10, 'use at most one digit after the point')
  .transform((share) => Math.round(share * 10))

const enabled = z.boolean()
const score = z.number().min(0).max(1)
const hour = z.int().min(0).max(23)
const transactions = z.int().min(1).max(1_000_000)
const factor = z.number().positive().max(1_000)
const ageMinutes = z.int().min(0).max(1_440)
const scoreWeight = z.number().min(0).max(100)

const rulesSchema = z.strictObject({
  /** Travels on every verdict as `rule_version`. */
  version: z.string().min(1).max(64),
  fraud_detection: z.strictObject({
    HIGH_AMOUNT: z.strictObject({ enabled, score, minEarlier: transactions, amountOver: usd, deviations: factor }),
    FREQUENCY_ANOMALY: z.strictObject({
      enabled,
      score,
      minAgeMinutes: ageMinutes,
      countOver: transactions,
      rateFactor: factor,
    }),
    LOCATION_ANOMALY: z.strictObject({ enabled, score, minEarlier: transactions }),
    TIME_ANOMALY: z
      .strictObject({
        enabled,
        score,
        firstNormalHour: hour,
        lastNormalHour: hour,
        minEarlierInHour: transactions,
      })
      .refine(({ firstNormalHour, lastNormalHour }) => firstNormalHour <= lastNormalHour, {
        path: ['lastNormalHour'],
        error: 'the last normal hour is not before the first',
      }),
    NORMAL: z.strictObject({ score }),
  }),
  anomaly_detection: z.strictObject({
    STATISTICAL_OUTLIER: z.strictObject({ enabled, minEarlier: transactions, deviations: factor }),
    PATTERN_DEVIATION: z.strictObject({
      enabled,
      score,
      minEarlier: transactions,
      /** Whole, so that the comparison with the mean is exact. */
      meanFactor: z.int().min(1).max(1_000),
    }),
    VELOCITY_ANOMALY: z.strictObject({
      enabled,
      score,
      minAgeMinutes: ageMinutes,
      countOver: transactions,
      rateFactor: factor,
    }),
  }),
  risk_analytics: z.strictObject({
    factors: z.strictObject({ amountOver: usd, nightEndsHour: hour }),
    score: z.strictObject({
      highRiskWeight: scoreWeight,
      violationsWeight: scoreWeight,
      exposureWeight: scoreWeight,
      fullExposure: usd.refine((minor) => minor > 0, 'a full exposure is above zero'),
      factorsWeight: scoreWeight,
    }),
  }),
  compliance_monitoring: z.strictObject({
    /** What a flag takes off the score; a flag that is not listed takes nothing. */
    weights: z.record(z.string(), tenths).transform((weights) => new Map(Object.entries(weights))),
    reviewBelow: tenths,
  }),
})

/** Thresholds, weights and switches of the jobs, checked; amounts are in minor units, shares in tenths. */
export type Rules = z.output<typeof rulesSchema>

/** A rules document that cannot be used: nothing is wrong with the program, and a retry does not help. */
export class RulesError extends Error {
  readonly code: 'rules_unreadable' | 'rules_invalid'

  constructor(code: RulesError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'RulesError'
    this.code = code
  }
}

/**
 * Reads and checks a rules document.
 * @throws RulesError whose sentence names the file and the field.
 */
export function loadRules(path: string | URL = RULES_FILE): Rules {
  const source = path instanceof URL ? path.pathname : path
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new RulesError('rules_unreadable', `cannot read the rules: ${messageOf(error)}`, error)
  }
  return parseRules(text, source)
}

/**
 * Checks a rules document.
 * @param source names it in errors.
 * @throws RulesError whose sentence names the field.
 */
export function parseRules(text: string, source: string): Rules {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new RulesError('rules_invalid', `the rules in ${source} are not JSON: ${messageOf(error)}`, error)
  }
  const parsed = rulesSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the document'}: ${message}`)
  throw new RulesError('rules_invalid', `correct the rules in ${source}: ${problems.join('; ')}`)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
