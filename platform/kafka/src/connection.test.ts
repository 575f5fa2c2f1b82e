import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { kafkaSettings, UsageError, valuesFromEnvironment } from '@fintech-streams/service'
import { kafkaConnection } from './connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-connection-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const CA = file('ca.pem', '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n')
const CERT = file('cert.pem', '-----BEGIN CERTIFICATE-----\ncert\n-----END CERTIFICATE-----\n')
const KEY = file('key.pem', '-----BEGIN PRIVATE KEY-----\nkey\n-----END PRIVATE KEY-----\n')
const SECRET = file('secret', 'from a file\n')
const EMPTY = file('empty', '\n')

const connectionOf = (environment: Record<string, string>) =>
  kafkaConnection(valuesFromEnvironment(kafkaSettings, environment), 'test')

describe('brokers', () => {
  it.each([
    [{}, ['localhost:9092']],
    [{ KAFKA_HOST: 'kafka', KAFKA_PORT: '29092' }, ['kafka:29092']],
    [{ KAFKA_BROKERS: 'a:1, b:2,c' }, ['a:1', 'b:2', 'c:9092']],
    [{ KAFKA_BROKERS: '[::1]:9094' }, ['[::1]:9094']],
    [{ KAFKA_BROKERS: 'a:1,kafka:29092', KAFKA_HOST: 'kafka', KAFKA_PORT: '29092' }, ['a:1', 'kafka:29092']],
    [{ KAFKA_BROKERS: '' }, ['localhost:9092']],
  ])('of %j are %j, in plain text', (environment, bootstrapBrokers) => {
    expect(connectionOf(environment)).toEqual({ clientId: 'test', bootstrapBrokers })
  })
})

describe('TLS', () => {
  it('trusts who is named, and says the name that it expects', () => {
    const { tls, tlsServerName, sasl } = connectionOf({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: CA })
    expect([String(tls?.ca), tlsServerName, sasl]).toEqual([expect.stringContaining('\nca\n'), true, undefined])
  })

  it('trusts whom Node trusts where nobody is named', () => {
    expect(connectionOf({ KAFKA_SECURITY_PROTOCOL: 'SSL' })).toMatchObject({ tls: {} })
  })

  it('shows a certificate of its own', () => {
    const { tls } = connectionOf({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT: CERT, KAFKA_SSL_KEY: KEY })
    expect(tls).toMatchObject({
      cert: expect.stringContaining('cert') as string,
      key: expect.stringContaining('key') as string,
    })
  })

  it('has no name for an address that is a number', () => {
    const numbered = { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_BROKERS: '127.0.0.1:9093,[::1]:9093' }
    expect(connectionOf(numbered).tlsServerName).toBe(false)
  })
})

describe('a login', () => {
  const scram = {
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: 'sink',
  }

  it('is by user and password', () => {
    expect(connectionOf({ ...scram, KAFKA_SASL_PASSWORD: 'secret' })).toMatchObject({
      tls: {},
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'sink', password: 'secret' },
    })
  })

  it('reads a password from its file each time', () => {
    const { sasl } = connectionOf({ ...scram, KAFKA_SASL_PASSWORD_FILE: SECRET })
    const password = sasl?.password as () => string
    expect(password()).toBe('from a file')
    file('secret', 'another')
    expect(password()).toBe('another')
    file('secret', 'from a file\n')
  })

  it('is by a token that is read each time', () => {
    const { tls, sasl } = connectionOf({
      KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
      KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
      KAFKA_SASL_TOKEN_FILE: SECRET,
    })
    expect(tls).toBeUndefined()
    expect((sasl?.token as () => string)()).toBe('from a file')
  })

  it.each([
    [{ KAFKA_SSL_CA: CA }, 'KAFKA_SSL_CA cannot be used with KAFKA_SECURITY_PROTOCOL PLAINTEXT'],
    [
      { KAFKA_SASL_USERNAME: 'a', KAFKA_SASL_MECHANISM: 'PLAIN' },
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME cannot be',
    ],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_PASSWORD: 'a' }, 'KAFKA_SASL_PASSWORD cannot be used with'],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT: CERT }, 'KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together'],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: '/nowhere/ca.pem' }, 'KAFKA_SSL_CA cannot be read: ENOENT'],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: KEY }, 'KAFKA_SSL_CA: '],
    [{ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }, 'KAFKA_SECURITY_PROTOCOL SASL_SSL needs KAFKA_SASL_MECHANISM'],
    [{ ...scram, KAFKA_SASL_USERNAME: '' }, 'KAFKA_SASL_MECHANISM SCRAM-SHA-512 needs KAFKA_SASL_USERNAME'],
    [scram, 'needs exactly one of KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE'],
    [{ ...scram, KAFKA_SASL_PASSWORD: 'a', KAFKA_SASL_PASSWORD_FILE: SECRET }, 'needs exactly one of'],
    [{ ...scram, KAFKA_SASL_PASSWORD_FILE: EMPTY }, 'KAFKA_SASL_PASSWORD_FILE: '],
    [{ ...scram, KAFKA_SASL_TOKEN_FILE: SECRET }, 'KAFKA_SASL_TOKEN_FILE is for KAFKA_SASL_MECHANISM OAUTHBEARER only'],
    [{ ...scram, KAFKA_SASL_MECHANISM: 'OAUTHBEARER' }, 'KAFKA_SASL_USERNAME cannot be used with OAUTHBEARER'],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'OAUTHBEARER' },
      'OAUTHBEARER needs KAFKA_SASL_TOKEN_FILE',
    ],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_PORT: '19092' }, 'KAFKA_BROKERS does not have localhost:19092'],
    [{ KAFKA_BROKERS: 'kafka://a:1' }, 'KAFKA_BROKERS has "kafka://a:1"'],
    [{ KAFKA_BROKERS: 'a:1,' }, 'KAFKA_BROKERS has ""'],
    [{ KAFKA_BROKERS: 'a:70000' }, 'KAFKA_BROKERS has "a:70000"'],
  ])('with %j is wrong use', (environment, why) => {
    expect(() => connectionOf(environment)).toThrow(UsageError)
    expect(() => connectionOf(environment)).toThrow(why)
  })
})
