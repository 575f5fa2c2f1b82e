import { OperatingError, reasonOf, tlsFault } from '@fintech-streams/service'
import { Admin, AuthenticationError, UserError } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'

/** The error of a call to the brokers as one sentence that says what to do: `kafka_refused`, or `kafka_unreachable`. */
export function explainedKafka(error: unknown, connection: KafkaConnection): OperatingError {
  const where = `Kafka at ${connection.bootstrapBrokers.join(', ')}`
  const refusal = refusalIn(error, connection)
  if (refusal !== undefined)
    return new OperatingError('kafka_refused', `${where} refuses the connection: ${refusal}`, error)
  const advice = 'start it, or set KAFKA_BROKERS, or KAFKA_HOST and KAFKA_PORT, to where it runs'
  // Brokers that expect a login close a connection that begins without one.
  const hint = connection.sasl === undefined ? '; where it runs, check KAFKA_SECURITY_PROTOCOL' : ''
  return new OperatingError(
    'kafka_unreachable',
    `${where} does not answer: ${reasonOf(error)}: ${advice}${hint}`,
    error,
  )
}

/**
 * Asks the brokers once, so that a program which they refuse says so at its start instead of trying for ever.
 * @throws OperatingError `kafka_refused`. Brokers that do not answer are no error: they may be starting.
 */
export async function requireKafkaAccess(connection: KafkaConnection): Promise<void> {
  const admin = new Admin({ ...connection, retries: 0 })
  try {
    await admin.metadata({ topics: [] })
  } catch (error) {
    const explained = explainedKafka(error, connection)
    if (!explained.canRetry) throw explained
  } finally {
    await admin.close()
  }
}

/** Why the brokers will not take this client until somebody changes something. */
function refusalIn(error: unknown, { sasl }: KafkaConnection): string | undefined {
  const all = [...causesOf(error)]
  const apiIds = all.flatMap((one) => ('apiId' in one && typeof one.apiId === 'string' ? [one.apiId] : []))
  if (apiIds.includes('UNSUPPORTED_SASL_MECHANISM')) {
    return `it does not take KAFKA_SASL_MECHANISM ${sasl?.mechanism}: set one that the brokers have enabled`
  }
  if (apiIds.includes('SASL_AUTHENTICATION_FAILED') || all.some((one) => one instanceof AuthenticationError)) {
    return sasl?.mechanism === 'OAUTHBEARER'
      ? 'the token is not taken: check KAFKA_SASL_TOKEN_FILE'
      : `user or password is wrong for ${sasl?.mechanism}: check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD or its file`
  }
  const unauthorized = apiIds.find((id) => id.endsWith('_AUTHORIZATION_FAILED'))
  if (unauthorized !== undefined) return `the user lacks an ACL (${unauthorized}): have one added`
  const tls = all.map((one) => faultOf(one)).find((fault) => fault !== undefined)
  if (tls !== undefined) return tls
  const mismatch = all.find((one) => one instanceof UserError)
  return mismatch === undefined
    ? undefined
    : `${mismatch.message.replace(/\.$/, '')}: set KAFKA_SECURITY_PROTOCOL to what it expects`
}

function faultOf(error: Error): string | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return tlsFault(code, 'KAFKA_SSL_CA', 'name the brokers in KAFKA_BROKERS by a name that is in it')
}

/** An error, and all that it was thrown for. */
function* causesOf(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return
  yield error
  yield* causesOf(error.cause)
  if (error instanceof AggregateError) for (const one of error.errors) yield* causesOf(one)
}
