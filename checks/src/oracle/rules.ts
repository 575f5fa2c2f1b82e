/**
 * The rules document as the recomputation reads it: by its own code, so that a mistake in the processor's reading shows.
 * What a document may hold is the processor's to check; here a field that is not there is an error.
 */

/** A factor as it is written, for comparisons that round nothing. */
export interface Fraction {
  numerator: bigint
  denominator: bigint
}

/** One rule's numbers and whether it is on. Amounts are minor units. */
export interface OracleRules {
  version: string
  highAmount: { enabled: boolean; score: number; minEarlier: number; amountOver: bigint; deviations: Fraction }
  frequency: { enabled: boolean; score: number; minAgeMinutes: number; countOver: number; rateFactor: number }
  location: { enabled: boolean; score: number; minEarlier: number }
  time: { enabled: boolean; score: number; firstHour: number; lastHour: number; minEarlierInHour: number }
  normalScore: number
  outlier: { enabled: boolean; minEarlier: number; deviations: Fraction }
  category: { enabled: boolean; score: number; minEarlier: number; meanFactor: bigint }
  velocity: { enabled: boolean; score: number; minAgeMinutes: number; countOver: number; rateFactor: number }
  risk: {
    amountOver: bigint
    nightEndsHour: number
    highRiskWeight: number
    violationsWeight: number
    exposureWeight: number
    fullExposure: bigint
    factorsWeight: number
  }
  /** What a flag takes off the compliance score, in tenths. */
  flagTenths: ReadonlyMap<string, number>
  reviewBelowTenths: number
}

/** @throws Error that names the field which is not there or is of another kind. */
export function readOracleRules(text: string): OracleRules {
  const document = JSON.parse(text) as unknown
  const at = (path: string): unknown => {
    let value = document
    for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name]
    return value
  }
  const number = (path: string): number => expected(path, at(path), 'number')
  const enabled = (path: string): boolean => expected(`${path}.enabled`, at(`${path}.enabled`), 'boolean')
  const minor = (path: string): bigint => {
    const { numerator, denominator } = fractionOf(expected(path, at(path), 'string'))
    return (numerator * 100n) / denominator
  }
  const fraction = (path: string): Fraction => fractionOf(String(number(path)))
  const tenths = (share: number): number => {
    const { numerator, denominator } = fractionOf(String(share))
    return Number((10n * numerator) / denominator)
  }
  const fraud = 'fraud_detection'
  const anomaly = 'anomaly_detection'
  const risk = 'risk_analytics'
  const rate = (path: string) => ({
    enabled: enabled(path),
    score: number(`${path}.score`),
    minAgeMinutes: number(`${path}.minAgeMinutes`),
    countOver: number(`${path}.countOver`),
    rateFactor: number(`${path}.rateFactor`),
  })
  const weights = expected<Record<string, number>>('weights', at('compliance_monitoring.weights'), 'object')
  return {
    version: expected('version', at('version'), 'string'),
    highAmount: {
      enabled: enabled(`${fraud}.HIGH_AMOUNT`),
      score: number(`${fraud}.HIGH_AMOUNT.score`),
      minEarlier: number(`${fraud}.HIGH_AMOUNT.minEarlier`),
      amountOver: minor(`${fraud}.HIGH_AMOUNT.amountOver`),
      deviations: fraction(`${fraud}.HIGH_AMOUNT.deviations`),
    },
    frequency: rate(`${fraud}.FREQUENCY_ANOMALY`),
    location: {
      enabled: enabled(`${fraud}.LOCATION_ANOMALY`),
      score: number(`${fraud}.LOCATION_ANOMALY.score`),
      minEarlier: number(`${fraud}.LOCATION_ANOMALY.minEarlier`),
    },
    time: {
      enabled: enabled(`${fraud}.TIME_ANOMALY`),
      score: number(`${fraud}.TIME_ANOMALY.score`),
      firstHour: number(`${fraud}.TIME_ANOMALY.firstNormalHour`),
      lastHour: number(`${fraud}.TIME_ANOMALY.lastNormalHour`),
      minEarlierInHour: number(`${fraud}.TIME_ANOMALY.minEarlierInHour`),
    },
    normalScore: number(`${fraud}.NORMAL.score`),
    outlier: {
      enabled: enabled(`${anomaly}.STATISTICAL_OUTLIER`),
      minEarlier: number(`${anomaly}.STATISTICAL_OUTLIER.minEarlier`),
      deviations: fraction(`${anomaly}.STATISTICAL_OUTLIER.deviations`),
    },
    category: {
      enabled: enabled(`${anomaly}.PATTERN_DEVIATION`),
      score: number(`${anomaly}.PATTERN_DEVIATION.score`),
      minEarlier: number(`${anomaly}.PATTERN_DEVIATION.minEarlier`),
      meanFactor: BigInt(number(`${anomaly}.PATTERN_DEVIATION.meanFactor`)),
    },
    velocity: rate(`${anomaly}.VELOCITY_ANOMALY`),
    risk: {
      amountOver: minor(`${risk}.factors.amountOver`),
      nightEndsHour: number(`${risk}.factors.nightEndsHour`),
      highRiskWeight: number(`${risk}.score.highRiskWeight`),
      violationsWeight: number(`${risk}.score.violationsWeight`),
      exposureWeight: number(`${risk}.score.exposureWeight`),
      fullExposure: minor(`${risk}.score.fullExposure`),
      factorsWeight: number(`${risk}.score.factorsWeight`),
    },
    flagTenths: new Map(Object.entries(weights).map(([flag, share]) => [flag, tenths(share)])),
    reviewBelowTenths: tenths(number('compliance_monitoring.reviewBelow')),
  }
}

/** A decimal as it is written, such as `3.25`: 325 / 100. */
function fractionOf(decimal: string): Fraction {
  const [whole = '', digits = ''] = decimal.split('.')
  return { numerator: BigInt(whole + digits), denominator: 10n ** BigInt(digits.length) }
}

function expected<T>(path: string, value: unknown, kind: string): T {
  if (typeof value !== kind || value === null) throw new Error(`the rules have no ${kind} at ${path}`)
  return value as T
}
