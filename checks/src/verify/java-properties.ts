import { type KafkaConnection } from '@fintech-streams/kafka'
import { UsageError } from '@fintech-streams/service'

const SECURITY = 'org.apache.kafka.common.security'

/**
 * A connection as properties of Kafka's Java client.
 * @throws UsageError for a mechanism that this reader does not speak.
 */
export async function javaProperties({ bootstrapBrokers, tls, sasl }: KafkaConnection): Promise<Map<string, string>> {
  const properties = new Map([
    ['bootstrap.servers', bootstrapBrokers.join(',')],
    ['security.protocol', `${sasl === undefined ? '' : 'SASL_'}${tls === undefined ? 'PLAINTEXT' : 'SSL'}`],
  ])
  if (tls?.ca !== undefined) {
    properties.set('ssl.truststore.type', 'PEM').set('ssl.truststore.certificates', onOneLine(tls.ca))
  }
  if (tls?.cert !== undefined && tls.key !== undefined) {
    properties.set('ssl.keystore.type', 'PEM').set('ssl.keystore.certificate.chain', onOneLine(tls.cert))
    properties.set('ssl.keystore.key', onOneLine(tls.key))
  }
  if (sasl === undefined) return properties
  if (sasl.mechanism === 'OAUTHBEARER' || sasl.mechanism === 'GSSAPI') {
    throw new UsageError(`Kafka's Java client is not set up for ${sasl.mechanism} here: add --reader raw`)
  }
  const password = typeof sasl.password === 'function' ? await sasl.password() : sasl.password
  const module = sasl.mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  const login = `username=${quoted(sasl.username)} password=${quoted(password)}`
  return properties
    .set('sasl.mechanism', sasl.mechanism)
    .set('sasl.jaas.config', `${SECURITY}.${module} required ${login};`)
}

const onOneLine = (pem: unknown): string => String(pem).trim().replaceAll('\n', ' ')
const quoted = (text: unknown): string => JSON.stringify(text)
