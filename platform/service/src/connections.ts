import { choice, list, number, port, type Setting, text } from './settings.ts'

/** As libpq names them, without `allow` and `prefer`: with those nobody knows whether a connection is encrypted. */
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof SSL_MODES)[number]

/** As Kafka's own clients name them. */
const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

const file = (env: string, help: string) => text({ env, default: undefined, takes: 'file', help })

/**
 * Where the platform's parts are found, and how a connection to them is secured. Every program that connects to one
 * declares it with these; docs/CONNECTIONS.md is their table.
 */
export const postgresSettings = {
  databaseUrl: text({
    env: 'DATABASE_URL',
    default: undefined,
    takes: 'url',
    help: 'Postgres as postgres://user:password@host:port/database?sslmode=…&sslrootcert=…; what it leaves out is taken from the other settings',
  }),
  postgresHost: text({ env: 'POSTGRES_HOST', default: 'localhost', takes: 'host', help: 'Postgres host' }),
  postgresPort: port({ env: 'POSTGRES_PORT', default: 5432, help: 'Postgres port' }),
  postgresDatabase: text({ env: 'POSTGRES_DB', default: 'fintech', takes: 'name', help: 'Postgres database' }),
  postgresUser: text({ env: 'POSTGRES_USER', default: 'fintech', takes: 'name', help: 'Postgres user' }),
  postgresPassword: text({ env: 'POSTGRES_PASSWORD', default: 'fintech', takes: 'secret', help: 'Postgres password' }),
  postgresSslmode: choice({
    env: 'POSTGRES_SSLMODE',
    default: 'disable',
    known: SSL_MODES,
    help: 'whether the connection to Postgres is encrypted, and what of its certificate is checked',
  }),
  postgresSslCa: file(
    'POSTGRES_SSL_CA',
    'certificates, in PEM, of who signs for Postgres; needed by verify-ca and verify-full',
  ),
}

const broker: Setting<string> = text({
  env: 'KAFKA_BROKERS',
  default: 'localhost:9092',
  takes: 'host:port',
  help: 'Kafka brokers to begin with; without it the one of KAFKA_HOST and KAFKA_PORT',
})

export const kafkaSettings = {
  kafkaBrokers: { ...list(broker), default: undefined } as Setting<readonly string[] | undefined>,
  kafkaHost: text({ env: 'KAFKA_HOST', default: 'localhost', takes: 'host', help: 'Kafka bootstrap host' }),
  kafkaPort: port({ env: 'KAFKA_PORT', default: 9092, help: 'Kafka bootstrap port' }),
  kafkaSecurityProtocol: choice({
    env: 'KAFKA_SECURITY_PROTOCOL',
    default: 'PLAINTEXT',
    known: SECURITY_PROTOCOLS,
    help: 'how connections to Kafka are secured: SSL is TLS, SASL a login',
  }),
  kafkaSslCa: file(
    'KAFKA_SSL_CA',
    'certificates, in PEM, of who signs for the brokers; without it those that Node knows',
  ),
  kafkaSslCert: file('KAFKA_SSL_CERT', 'own certificate, in PEM, where brokers ask for one'),
  kafkaSslKey: file('KAFKA_SSL_KEY', 'its private key, in PEM (PKCS #8), without a password'),
  kafkaSaslMechanism: choice({
    env: 'KAFKA_SASL_MECHANISM',
    default: undefined,
    known: SASL_MECHANISMS,
    help: 'mechanism of the login',
  }),
  kafkaSaslUsername: text({ env: 'KAFKA_SASL_USERNAME', default: undefined, takes: 'name', help: 'user of the login' }),
  kafkaSaslPassword: text({ env: 'KAFKA_SASL_PASSWORD', default: undefined, takes: 'secret', help: 'its password' }),
  kafkaSaslPasswordFile: file('KAFKA_SASL_PASSWORD_FILE', 'file with the password, read at each login'),
  kafkaSaslTokenFile: file('KAFKA_SASL_TOKEN_FILE', 'file with the token of OAUTHBEARER, read at each login'),
}

export const connectSettings = {
  connectHost: text({ env: 'CONNECT_HOST', default: 'localhost', takes: 'host', help: 'Kafka Connect host' }),
  connectPort: port({ env: 'CONNECT_PORT', default: 8083, help: 'Kafka Connect REST port' }),
}

export const redisSettings = {
  redisUrl: text({
    env: 'REDIS_URL',
    default: undefined,
    takes: 'url',
    help: 'Redis, where instances of the API share scores: redis://…, or rediss://… for TLS',
  }),
  redisSslCa: file('REDIS_SSL_CA', 'certificates, in PEM, of who signs for Redis; without it those that Node knows'),
}

/** A port for `/metrics`; 0 turns it off. */
export const metricsPort = (env: string, fallback: number) =>
  number({
    env,
    default: fallback,
    takes: 'port',
    min: 0,
    max: 65_535,
    integer: true,
    help: 'metrics port, 0 for none',
  })
