import { isIP } from 'node:net'
import { type kafkaSettings, must, readPem, readSettingFile, UsageError, type Values } from '@fintech-streams/service'
import { type ConnectionOptions } from '@platformatic/kafka'

/** How every client of a program reaches the brokers: what the library's clients and connections take as options. */
export interface KafkaConnection extends Pick<ConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'> {
  readonly clientId: string
  /** `host:port` each. */
  readonly bootstrapBrokers: string[]
}

export type KafkaValues = Values<typeof kafkaSettings>

const DEFAULT_PORT = 9092

/**
 * The connection that a program's settings describe.
 * @param clientId names the program in the brokers' logs and quotas.
 * @throws UsageError for settings that contradict each other, are incomplete, or name a file that cannot be read.
 */
export function kafkaConnection(values: KafkaValues, clientId: string): KafkaConnection {
  requireTlsSettings(values)
  requireSaslSettings(values)
  const { isTls, isSasl } = layersOf(values)
  return {
    clientId,
    bootstrapBrokers: brokersOf(values),
    ...(isTls ? tlsOf(values) : {}),
    ...(isSasl ? { sasl: saslOf(values) } : {}),
  }
}

function layersOf({ kafkaSecurityProtocol: protocol }: KafkaValues): { isTls: boolean; isSasl: boolean } {
  return { isTls: protocol === 'SSL' || protocol === 'SASL_SSL', isSasl: protocol.startsWith('SASL_') }
}

function brokersOf({ kafkaBrokers, kafkaHost, kafkaPort }: KafkaValues): string[] {
  const one = `${kafkaHost}:${kafkaPort}`
  if (kafkaBrokers === undefined) return [one]
  const brokers = kafkaBrokers.map(brokerAddress)
  if (one !== `localhost:${DEFAULT_PORT}` && !brokers.includes(one)) {
    throw new UsageError(
      `KAFKA_BROKERS does not have ${one}, which KAFKA_HOST and KAFKA_PORT name: leave one of both out`,
    )
  }
  return brokers
}

function brokerAddress(text: string): string {
  const [, host, port] = /^([^\s:/,]+|\[[\da-fA-F:]+\])(?::(\d{1,5}))?$/.exec(text) ?? []
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  if (host === undefined || number < 1 || number > 65_535) {
    throw new UsageError(`KAFKA_BROKERS has "${text}": expected host:port, several separated by commas`)
  }
  return `${host}:${number}`
}

function requireTlsSettings(values: KafkaValues): void {
  const { kafkaSslCa, kafkaSslCert, kafkaSslKey, kafkaSecurityProtocol } = values
  const given = namesOfGiven({ KAFKA_SSL_CA: kafkaSslCa, KAFKA_SSL_CERT: kafkaSslCert, KAFKA_SSL_KEY: kafkaSslKey })
  if (!layersOf(values).isTls && given.length > 0) {
    throw new UsageError(
      `${given.join(', ')} cannot be used with KAFKA_SECURITY_PROTOCOL ${kafkaSecurityProtocol}: set it to SSL or SASL_SSL`,
    )
  }
  if ((kafkaSslCert === undefined) !== (kafkaSslKey === undefined)) {
    throw new UsageError('KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together: set both or none')
  }
}

function requireSaslSettings(values: KafkaValues): void {
  const { kafkaSecurityProtocol: protocol, kafkaSaslMechanism: mechanism, kafkaSaslTokenFile: token } = values
  const [user, password, passwordFile] = [
    values.kafkaSaslUsername,
    values.kafkaSaslPassword,
    values.kafkaSaslPasswordFile,
  ]
  const login = { KAFKA_SASL_USERNAME: user, KAFKA_SASL_PASSWORD: password, KAFKA_SASL_PASSWORD_FILE: passwordFile }
  if (!layersOf(values).isSasl) {
    const given = namesOfGiven({ KAFKA_SASL_MECHANISM: mechanism, ...login, KAFKA_SASL_TOKEN_FILE: token })
    if (given.length === 0) return
    throw new UsageError(
      `${given.join(', ')} cannot be used with KAFKA_SECURITY_PROTOCOL ${protocol}: set it to SASL_SSL or SASL_PLAINTEXT`,
    )
  }
  if (mechanism === undefined) {
    throw new UsageError(`KAFKA_SECURITY_PROTOCOL ${protocol} needs KAFKA_SASL_MECHANISM, such as SCRAM-SHA-512`)
  }
  if (mechanism === 'OAUTHBEARER') {
    const given = namesOfGiven(login)
    if (given.length > 0)
      throw new UsageError(`${given.join(', ')} cannot be used with OAUTHBEARER, which takes a token`)
    if (token === undefined) throw new UsageError('KAFKA_SASL_MECHANISM OAUTHBEARER needs KAFKA_SASL_TOKEN_FILE')
    return
  }
  if (token !== undefined) throw new UsageError('KAFKA_SASL_TOKEN_FILE is for KAFKA_SASL_MECHANISM OAUTHBEARER only')
  if (user === undefined) throw new UsageError(`KAFKA_SASL_MECHANISM ${mechanism} needs KAFKA_SASL_USERNAME`)
  if ((password === undefined) === (passwordFile === undefined)) {
    throw new UsageError(
      `KAFKA_SASL_MECHANISM ${mechanism} needs exactly one of KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE`,
    )
  }
}

const namesOfGiven = (values: Readonly<Record<string, string | undefined>>): string[] =>
  Object.keys(values).filter((name) => values[name] !== undefined)

function tlsOf(values: KafkaValues): Pick<KafkaConnection, 'tls' | 'tlsServerName'> {
  const { kafkaSslCa: ca, kafkaSslCert: cert, kafkaSslKey: key } = values
  return {
    tls: {
      ...(ca === undefined ? {} : { ca: readPem('KAFKA_SSL_CA', ca, 'CERTIFICATE') }),
      ...(cert === undefined ? {} : { cert: readPem('KAFKA_SSL_CERT', cert, 'CERTIFICATE') }),
      ...(key === undefined ? {} : { key: readPem('KAFKA_SSL_KEY', key, 'PRIVATE KEY') }),
    },
    // Brokers behind one address are told apart by name; an address that is a number has none.
    tlsServerName: brokersOf(values).every(
      (address) => isIP(address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0,
    ),
  }
}

/** Files are read now, so that one which is missing is wrong use, and again at each login, so that they can change. */
function saslOf(values: KafkaValues): NonNullable<KafkaConnection['sasl']> {
  const { kafkaSaslPasswordFile: file, kafkaSaslTokenFile: tokenFile } = values
  const mechanism = must(values.kafkaSaslMechanism)
  if (tokenFile !== undefined) return { mechanism, token: secretIn('KAFKA_SASL_TOKEN_FILE', tokenFile) }
  return {
    mechanism,
    username: must(values.kafkaSaslUsername),
    password: file === undefined ? must(values.kafkaSaslPassword) : secretIn('KAFKA_SASL_PASSWORD_FILE', file),
  }
}

function secretIn(variable: string, path: string): () => string {
  const read = (): string => readSettingFile(variable, path).trim()
  if (read() === '') throw new UsageError(`${variable}: ${path} is empty`)
  return read
}
