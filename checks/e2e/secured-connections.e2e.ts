import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { explainedKafka, kafkaConnection } from '@fintech-streams/kafka'
import { freePorts, withClient } from '@fintech-streams/local'
import { FolderStore, Manifest } from '@fintech-streams/reconciliation'
import { redisAddress, redisConnection } from '@fintech-streams/risk-score'
import { redisMissing } from '@fintech-streams/testing'
import { kafkaSettings, redisSettings, valuesFromEnvironment } from '@fintech-streams/service'
import { Admin } from '@platformatic/kafka'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandResult, runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import {
  LOGIN_LASTS_MS,
  openSecuredStack,
  type SecuredStack,
  startConnect,
  startKafka,
  startPostgres,
  startPrograms,
} from '../src/secured.ts'
import { ApiClient } from '../src/serving/client.ts'
import { databaseOf } from '../src/settled.ts'
import { stopTestStack } from '../src/stack.ts'

const FIRST = 60
const SECOND = 40
const CONNECTORS = ['fintech-main-connector', 'fintech-outbox-connector']
const WARN = 40

let secured: SecuredStack

beforeAll(async () => {
  secured = await openSecuredStack('secured')
  await Promise.all([startPostgres(secured), startKafka(secured)])
})
afterAll(() => stopTestStack(secured.stack))

/** Runs a program with the stack's environment, and some of it changed. */
const run = (program: string, args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> =>
  runCommand({ ...secured.stack, env: { ...secured.stack.env, ...env } }, program, args)

/** Writes transactions from some minutes ago on, over a connection that a URL states whole. */
function generate(count: number, seed: number): Promise<CommandResult> {
  const { stack, certificates } = secured
  const address = `generator:generator@localhost:${stack.ports.postgres}/${databaseOf(stack)}`
  const url = `postgres://${address}?sslmode=verify-full&sslrootcert=${certificates.ca}`
  const start = new Date(Date.now() - 240_000).toISOString()
  const plan = ['--num-customers', '20', '--rate', '2', '--count', String(count), '--seed', String(seed)]
  return run('generator', ['run-all', '--flat', '--start-time', start, ...plan], { DATABASE_URL: url })
}

const countIn = (table: string): Promise<number> =>
  withClient(secured.stack, databaseOf(secured.stack), async (client) => {
    const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`)
    return rows[0]?.n ?? 0
  })

const asRole = (role: string): Record<string, string> => ({ POSTGRES_USER: role, POSTGRES_PASSWORD: role })

/** The messages of warnings and errors that a program has logged. */
const complaints = (name: string): string[] =>
  readFileSync(join(secured.stack.dataDir, 'logs', `${name}.log`), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: number; msg: string })
    .filter(({ level }) => level >= WARN)
    .map(({ msg }) => msg)

test('every program connects by TLS and a login, and does its work', async () => {
  const { stack } = secured
  const connect = startConnect(secured)
  expect(await run('migrate', [])).toMatchObject({ code: 0, stderr: '' })
  const writing = generate(FIRST, 1)
  await connect
  expect(await run('connectors', ['apply', ...CONNECTORS])).toMatchObject({ code: 0, stderr: '' })
  expect(await writing).toMatchObject({ code: 0, stderr: '' })
  await startPrograms(secured, ['processor'])
  await startPrograms(secured, ['sink', 'counter'])
  await startPrograms(secured, ['serving'])
  const startedMs = performance.now()
  const verdicts = (of: number): Promise<number> =>
    eventually(
      () => countIn('analytics.fraud_detection'),
      (count) => count === of,
    )
  expect(await verdicts(FIRST)).toBe(FIRST)

  // Reads all that is in Kafka, from its own files on.
  const lake = { ...asRole('reconciliation'), LAKE_METRICS_PORT: '0' }
  expect(await run('reconciliation', ['lake', '--until-caught-up'], lake)).toMatchObject({ code: 0 })
  const { counts } = await new Manifest(new FolderStore(join(stack.dataDir, 'lake'))).latest()
  expect(counts).toMatchObject({ 'transactions.good': FIRST })
  const nightly = await run('reconciliation', ['nightly', '--date', '2026-01-05'], asRole('reconciliation'))
  expect(nightly).toMatchObject({ code: 1, stderr: expect.stringContaining('lake has no transactions') as string })

  const api = new ApiClient(stack.ports.api)
  expect(await api.get('/v1/topics')).toMatchObject({ status: 200 })
  expect(await run('serving', ['token', 'list'])).toMatchObject({ code: 0, stderr: '' })
  expect(await run('processor', ['replay-dead-letters', '--all', '--dry-run'])).toMatchObject({ code: 0 })

  // By now every login has run out, and was renewed: nobody has lost a connection.
  const isRenewed = (): Promise<boolean> => Promise.resolve(performance.now() - startedMs > 1.5 * LOGIN_LASTS_MS)
  await eventually(isRenewed, Boolean)
  expect(await generate(SECOND, 2)).toMatchObject({ code: 0, stderr: '' })
  expect(await verdicts(FIRST + SECOND)).toBe(FIRST + SECOND)
  for (const program of ['processor', 'sink', 'counter']) expect(complaints(program)).toEqual([])

  const audited = await run('audit', ['--window', '10m', '--settle', '30s'], asRole('grafana'))
  expect(audited).toMatchObject({ code: 0, stdout: expect.stringMatching(/^conserved/m) as string })
  const verified = await eventually(
    () => run('verify', ['--tables', '--reader', 'java']),
    ({ code }) => code === 0,
  )
  expect(verified).toMatchObject({ code: 0, stderr: '' })
})

describe.concurrent('a connection that is refused', () => {
  test.each<[program: string, args: string[], env: () => Record<string, string>, sentence: string]>([
    [
      'processor',
      ['run', '--metrics-port', '0'],
      () => ({ KAFKA_SASL_PASSWORD_FILE: '', KAFKA_SASL_PASSWORD: 'wrong' }),
      'user or password is wrong for SCRAM-SHA-512: check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    ],
    [
      'sink',
      ['--metrics-port', '0'],
      () => ({ KAFKA_SSL_CA: secured.certificates.stranger }),
      'set KAFKA_SSL_CA to the certificate of who signed it',
    ],
    [
      'top-senders',
      ['--metrics-port', '0'],
      () => ({ KAFKA_SASL_MECHANISM: 'PLAIN' }),
      'it does not take KAFKA_SASL_MECHANISM PLAIN',
    ],
    [
      'serving',
      [],
      () => ({ ...asRole('api'), KAFKA_BROKERS: `127.0.0.1:${secured.stack.ports.kafka}`, KAFKA_HOST: '127.0.0.1' }),
      'its certificate is of another name: name the brokers in KAFKA_BROKERS by a name that is in it',
    ],
    [
      'verify',
      ['--reader', 'java'],
      () => ({ KAFKA_SASL_USERNAME: 'nobody' }),
      'check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    ],
    [
      'migrate',
      [],
      () => ({ POSTGRES_SSL_CA: secured.certificates.stranger }),
      'set POSTGRES_SSL_CA to the certificate of who signed it',
    ],
    ['migrate', [], () => ({ POSTGRES_HOST: '127.0.0.1' }), 'or set POSTGRES_SSLMODE to verify-ca'],
    [
      'migrate',
      [],
      () => ({ POSTGRES_SSLMODE: 'disable', POSTGRES_SSL_CA: '' }),
      'POSTGRES_SSLMODE where it demands TLS',
    ],
    ['generator', ['init'], () => ({ GENERATOR_DB_PASSWORD: 'wrong' }), 'check the role and its password'],
    ['sink', ['--metrics-port', '0'], () => ({ ...asRole('sink'), POSTGRES_PASSWORD: 'wrong' }), 'check the role and'],
  ])('ends %s %j with a sentence that names what to fix', async (program, args, env, sentence) => {
    const { code, stderr } = await run(program, args, env())
    const said = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
    expect(said).toEqual([expect.stringContaining(sentence)])
    expect(code).toBe(1)
  })

  test('by what contradicts itself is wrong use', async () => {
    const { code, stderr } = await run('sink', [], { KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' })
    expect(stderr).toMatch(/^fintech sink: KAFKA_SSL_CA cannot be used with KAFKA_SECURITY_PROTOCOL PLAINTEXT.*\n$/)
    expect(code).toBe(2)
  })
})

test('a client shows a certificate where the broker asks for one', async () => {
  const { certificates, mutualPort } = secured
  const environment = {
    KAFKA_PORT: String(mutualPort),
    KAFKA_SECURITY_PROTOCOL: 'SSL',
    KAFKA_SSL_CA: certificates.ca,
  }
  const topics = async (env: Record<string, string>): Promise<string[]> => {
    const connection = kafkaConnection(valuesFromEnvironment(kafkaSettings, env), 'e2e')
    const admin = new Admin({ ...connection, retries: 0 })
    try {
      return await admin.listTopics()
    } catch (error) {
      throw explainedKafka(error, connection)
    } finally {
      await admin.close()
    }
  }
  const own = { KAFKA_SSL_CERT: certificates.cert, KAFKA_SSL_KEY: certificates.key }
  await expect(topics({ ...environment, ...own })).resolves.toContain('fintech.transactions')
  await expect(topics(environment)).rejects.toThrow('does not answer')
})

test.skipIf(redisMissing() !== undefined)('Redis is reached by TLS', async () => {
  const [port = 0] = await freePorts(1)
  const { ca, cert, key, stranger } = secured.certificates
  const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca, '--tls-auth-clients', 'no']
  const server = spawn('redis-server', ['--port', '0', '--tls-port', String(port), '--save', '', ...tls])
  const logger = pino({ enabled: false })
  const connectionBy = (caFile: string) => {
    const environment = { REDIS_URL: `rediss://localhost:${port}`, REDIS_SSL_CA: caFile }
    return redisConnection(redisAddress(valuesFromEnvironment(redisSettings, environment))!, logger)
  }
  try {
    const client = await connectionBy(ca).connect()
    expect(await client.ping()).toBe('PONG')
    client.destroy()
    const refused = connectionBy(stranger)
    const failure = new Promise<Error>((resolve) => refused.on('error', resolve))
    void refused.connect().catch(() => undefined)
    expect(await failure).toMatchObject({ code: expect.stringMatching(/CERT|VERIFY|ISSUER/) as string })
    refused.destroy()
  } finally {
    server.kill()
  }
})
