import { number, port, text, type Values } from './settings.ts'

/** Where the platform's parts are found. Every program that connects to one declares it with these. */
export const postgresSettings = {
  postgresHost: text({ env: 'POSTGRES_HOST', default: 'localhost', takes: 'host', help: 'Postgres host' }),
  postgresPort: port({ env: 'POSTGRES_PORT', default: 5432, help: 'Postgres port' }),
  postgresDatabase: text({ env: 'POSTGRES_DB', default: 'fintech', takes: 'name', help: 'Postgres database' }),
  postgresUser: text({ env: 'POSTGRES_USER', default: 'fintech', takes: 'name', help: 'Postgres user' }),
  postgresPassword: text({ env: 'POSTGRES_PASSWORD', default: 'fintech', takes: 'secret', help: 'Postgres password' }),
}

export const kafkaSettings = {
  kafkaHost: text({ env: 'KAFKA_HOST', default: 'localhost', takes: 'host', help: 'Kafka bootstrap host' }),
  kafkaPort: port({ env: 'KAFKA_PORT', default: 9092, help: 'Kafka bootstrap port' }),
}

export const connectSettings = {
  connectHost: text({ env: 'CONNECT_HOST', default: 'localhost', takes: 'host', help: 'Kafka Connect host' }),
  connectPort: port({ env: 'CONNECT_PORT', default: 8083, help: 'Kafka Connect REST port' }),
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

/** The `pg` client options of the Postgres settings. */
export function postgresConfig(values: Values<typeof postgresSettings>) {
  return {
    host: values.postgresHost,
    port: values.postgresPort,
    database: values.postgresDatabase,
    user: values.postgresUser,
    password: values.postgresPassword,
  }
}

/** The bootstrap address of the Kafka settings. */
export function bootstrapServers(values: Values<typeof kafkaSettings>): string[] {
  return [`${values.kafkaHost}:${values.kafkaPort}`]
}
