import { OperatingError } from '@fintech-streams/service'
import { findErrorBy } from '@platformatic/kafka'

/** What the broker answers where this program may not do what it does. */
const REFUSALS = [
  ['code', 'PLT_KFK_AUTHENTICATION'],
  ['apiId', 'SASL_AUTHENTICATION_FAILED'],
  ['apiId', 'TOPIC_AUTHORIZATION_FAILED'],
  ['apiId', 'CLUSTER_AUTHORIZATION_FAILED'],
  ['apiId', 'GROUP_AUTHORIZATION_FAILED'],
] as const

/** An error that says that Kafka will never take this program; undefined for every other one. */
export function kafkaRefusal(error: unknown, program: string): OperatingError | undefined {
  if (!(error instanceof Error)) return undefined
  if (!REFUSALS.some(([property, value]) => findErrorBy(error, property, value) !== null)) return undefined
  const advice = 'check its user and password, and what the broker lets that user do'
  return new OperatingError('kafka_refused', `Kafka refuses the ${program}: ${error.message}: ${advice}`, error)
}
