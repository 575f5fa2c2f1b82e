import { execFile } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  clean,
  freePorts,
  javaToolCommand,
  openStack,
  type ProcessSpec,
  processTable,
  type Stack,
  startProcess,
  withClient,
} from '@fintech-streams/local'
import { must } from '@fintech-streams/service'
import { databaseOf } from './settled.ts'
import { testPorts } from './stack.ts'

const execute = promisify(execFile)
const silent = (): void => undefined

/** Who logs in to the brokers. */
export const USER = 'programs'
export const PASSWORD = 'a password of 5 words'
const MECHANISM = 'SCRAM-SHA-512'
/** Every connection has to log in again within this: shorter than the test, so that all of them do. */
export const LOGIN_LASTS_MS = 4_000

/** Files, in PEM: who signs, what the servers show, and somebody else whom nobody should trust. */
export interface Certificates {
  readonly folder: string
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly stranger: string
}

/** A stack whose broker takes logins over TLS only, and whose Postgres takes TLS only. */
export interface SecuredStack {
  readonly stack: Stack
  readonly certificates: Certificates
  /** A port of the broker where a client shows a certificate instead. */
  readonly mutualPort: number
  /** A port where nobody listens. */
  readonly deadPort: number
}

/** Opens the stack, with the environment that its programs get; starts nothing. */
export async function openSecuredStack(name: string): Promise<SecuredStack> {
  const dataDir = join(openStack().checkout, '.data/e2e', name)
  const [ports, [mutualPort = 0, deadPort = 0]] = await Promise.all([testPorts(), freePorts(2)])
  await clean(openStack({ dataDir, ports }), false, silent)
  const certificates = await makeCertificates(join(dataDir, 'certificates'))
  const passwordFile = join(certificates.folder, 'password')
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 })
  const env = {
    // The first of them does not answer.
    KAFKA_BROKERS: `localhost:${deadPort},localhost:${ports.kafka}`,
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SSL_CA: certificates.ca,
    KAFKA_SASL_MECHANISM: MECHANISM,
    KAFKA_SASL_USERNAME: USER,
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
    POSTGRES_SSLMODE: 'verify-full',
    POSTGRES_SSL_CA: certificates.ca,
  }
  return { stack: openStack({ dataDir, ports, env }), certificates, mutualPort, deadPort }
}

async function makeCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true })
  const file = (name: string): string => join(folder, name)
  const openssl = (...args: string[]) => execute('openssl', args)
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = (name: string): Promise<unknown> =>
    openssl('req', '-x509', ...ec, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), '-subj', `/CN=${name}`)
  const request = openssl(
    'req',
    ...ec,
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
    '-subj',
    '/CN=server',
  )
  await Promise.all([authority('ca'), authority('stranger'), request])
  // No address that is a number: who connects to 127.0.0.1 asks for another name.
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost')
  const signing = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names')]
  await openssl('x509', '-req', '-in', file('server.csr'), ...signing, '-out', file('server.pem'))
  return {
    folder,
    ca: file('ca.pem'),
    cert: file('server.pem'),
    key: file('server.key'),
    stranger: file('stranger.pem'),
  }
}

/** Starts Postgres, gives it its certificate and has it refuse what is not encrypted. Its database has no tables yet. */
export async function startPostgres({ stack, certificates }: SecuredStack): Promise<void> {
  // As long as it has no certificate, by whoever trusts it: with a database that is not the programs'.
  const plain = openStack({ dataDir: stack.dataDir, ports: stack.ports, env: { POSTGRES_DB: 'before' } })
  const initialize = (): Promise<void> => Promise.resolve()
  await startProcess(plain, { ...processNamed(plain, 'postgres'), initialize }, silent)
  await withClient(plain, 'postgres', async (client) => {
    await client.query(`create database ${client.escapeIdentifier(databaseOf(stack))}`)
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    const folder = must(rows[0]).data_directory
    const { uid, gid } = statSync(folder)
    const write = (name: string, text: string): void => {
      writeFileSync(join(folder, name), text, { mode: 0o600 })
      chownSync(join(folder, name), uid, gid)
    }
    write('server.crt', readFileSync(certificates.cert, 'utf8'))
    write('server.key', readFileSync(certificates.key, 'utf8'))
    write('pg_hba.conf', 'hostssl all all all scram-sha-256\nhostssl replication all all scram-sha-256\n')
    await client.query('alter system set ssl = on')
    await client.query('select pg_reload_conf()')
  })
}

/** Starts the broker, which knows its one user before anybody can log in. */
export async function startKafka({ stack, certificates, mutualPort }: SecuredStack): Promise<void> {
  const spec = processNamed(stack, 'kafka')
  const file = join(stack.dataDir, 'broker.properties')
  const [internalPort = 0] = await freePorts(1)
  writeFileSync(file, brokerProperties(stack, certificates))
  const listeners = `INTERNAL://localhost:${internalPort},CLIENTS://localhost:${stack.ports.kafka},MUTUAL://localhost:${mutualPort}`
  const command = async (): ReturnType<ProcessSpec['command']> => {
    const { args, env, ...rest } = await spec.command(stack)
    const changed = {
      KAFKA_LISTENERS: `${listeners},CONTROLLER://localhost:${stack.ports.kafkaController}`,
      KAFKA_ADVERTISED_LISTENERS: listeners,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INTERNAL:PLAINTEXT,CLIENTS:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
    }
    return { ...rest, args: [...args.slice(0, -1), file], env: { ...env, ...changed } }
  }
  const prepare = async (): Promise<void> => {
    const user = `${MECHANISM}=[name=${USER},password=${PASSWORD}]`
    const features = ['--feature', 'transaction.version=1', '--add-scram', user]
    const format = ['kafka.tools.StorageTool', 'format', '--cluster-id=c2VjdXJlZC1zdHJlYW1zIQ', ...features]
    const tool = javaToolCommand(stack.env, 64, [...format, '--config', file])
    await execute(tool.file, tool.args, { env: { ...stack.env, ...(await command()).env } })
    await spec.prepare?.(stack)
  }
  await startProcess(stack, { ...spec, prepare, command }, silent)
}

function brokerProperties({ checkout }: Stack, { folder, ca, cert, key }: Certificates): string {
  const keystore = join(folder, 'broker.pem')
  writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'), { mode: 0o600 })
  const ofListener = (name: string, properties: Record<string, string>): string[] =>
    Object.entries(properties).map(([property, value]) => `listener.name.${name}.${property}=${value}`)
  const tls = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': keystore }
  return [
    readFileSync(join(checkout, 'docker/kafka/broker.properties'), 'utf8'),
    `connections.max.reauth.ms=${LOGIN_LASTS_MS}`,
    ...ofListener('clients', {
      ...tls,
      'sasl.enabled.mechanisms': MECHANISM,
      [`${MECHANISM.toLowerCase()}.sasl.jaas.config`]:
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    }),
    ...ofListener('mutual', {
      ...tls,
      'ssl.client.auth': 'required',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': ca,
    }),
    '',
  ].join('\n')
}

/** Starts Kafka Connect, which logs in as the programs do. */
export async function startConnect({ stack, certificates }: SecuredStack): Promise<void> {
  const spec = processNamed(stack, 'connect')
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  const command = async (): ReturnType<ProcessSpec['command']> => {
    const { env, ...rest } = await spec.command(stack)
    const changed = {
      CONNECT_SECURITY_PROTOCOL: 'SASL_SSL',
      CONNECT_SASL_MECHANISM: MECHANISM,
      CONNECT_SASL_JAAS_CONFIG: `${module} required username="${USER}" password=${JSON.stringify(PASSWORD)};`,
      CONNECT_SSL_CA: certificates.ca,
    }
    return { ...rest, env: { ...env, ...changed } }
  }
  await startProcess(stack, { ...spec, command }, silent)
}

/** Starts programs of the stack, one beside the other. */
export async function startPrograms({ stack }: SecuredStack, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => startProcess(stack, processNamed(stack, name), silent)))
}

const processNamed = (stack: Stack, name: string): ProcessSpec =>
  must(
    processTable(stack).find((spec) => spec.name === name),
    `process ${name}`,
  )
