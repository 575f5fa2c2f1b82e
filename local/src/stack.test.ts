import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { kafkaOf } from './kafka.ts'
import { postgresOf } from './postgres.ts'
import { asRole, CHECKOUT, environmentFile, layeredEnvironment, openStack } from './stack.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stack-test-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

describe('the environment of a stack', () => {
  it('reads an environment file as compose does, and takes an empty variable as unset', () => {
    const file = join(folder, '.env')
    writeFileSync(file, '# ports\nKAFKA_PORT=19092\nPOSTGRES_PASSWORD="a b"\nAPI_PORT=\n')
    expect(environmentFile(file)).toEqual({ KAFKA_PORT: '19092', POSTGRES_PASSWORD: 'a b' })
    expect(environmentFile(join(folder, 'missing'))).toEqual({})
  })

  it('lets what is given win over the shell, and the shell over the file', () => {
    const file = { A: 'file', B: 'file', C: 'file' }
    const shell = { A: 'shell', B: 'shell', C: '' }
    expect(layeredEnvironment(file, shell, { A: 'given' })).toEqual({ A: 'given', B: 'shell', C: 'file' })
  })

  it('tells every process the ports in use, also those that have their default', () => {
    vi.stubEnv('CONNECT_PORT', '18083')
    const { env, ports } = openStack({ ports: { kafka: 19092 } })
    expect(ports).toMatchObject({ kafka: 19092, connect: 18083 })
    expect(env).toMatchObject({
      KAFKA_PORT: '19092',
      CONNECT_PORT: '18083',
      SINK_METRICS_PORT: String(ports.sinkMetrics),
    })
  })

  it('keeps programs on loopback even where the shell points elsewhere', () => {
    vi.stubEnv('POSTGRES_HOST', 'production.example')
    vi.stubEnv('DATABASE_URL', 'postgres://production.example/fintech')
    vi.stubEnv('POSTGRES_SSLMODE', 'require')
    vi.stubEnv('KAFKA_BROKERS', 'production.example:9092')
    vi.stubEnv('KAFKA_SECURITY_PROTOCOL', 'SSL')
    const stack = openStack()
    expect(stack.env).toMatchObject({ POSTGRES_HOST: 'localhost', POSTGRES_SSLMODE: 'disable' })
    expect(postgresOf(stack)).toMatchObject({ host: 'localhost', ssl: false })
    expect(kafkaOf(stack, 'test')).toEqual({ clientId: 'test', bootstrapBrokers: ['localhost:9092'] })
  })

  it('takes TLS and logins only from who opens it', () => {
    const stack = openStack({ env: { POSTGRES_SSLMODE: 'require', KAFKA_BROKERS: 'localhost:9092,localhost:9093' } })
    expect(postgresOf(stack).ssl).toEqual({ rejectUnauthorized: false })
    expect(kafkaOf(stack, 'test').bootstrapBrokers).toEqual(['localhost:9092', 'localhost:9093'])
  })

  it('gives a program its own role and password', () => {
    const stack = openStack({ env: { SINK_DB_PASSWORD: 'secret' } })
    expect(asRole(stack, 'sink')).toEqual({ POSTGRES_USER: 'sink', POSTGRES_PASSWORD: 'secret' })
    expect(asRole(stack, 'api')).toEqual({ POSTGRES_USER: 'api', POSTGRES_PASSWORD: 'api' })
  })

  it('names the variable of a port that is none', () => {
    expect(() => openStack({ env: { KAFKA_PORT: '9o92' } })).toThrow(/^KAFKA_PORT is "9o92"/)
    expect(() => openStack({ env: { KAFKA_PORT: '70000' } })).toThrow(/from 1 to 65535/)
  })
})

it('keeps state in the folder that the environment names, from the checkout on', () => {
  expect(openStack({ env: { FINTECH_DATA_DIR: 'elsewhere' } }).dataDir).toBe(join(CHECKOUT, 'elsewhere'))
  expect(openStack({ env: { FINTECH_DATA_DIR: 'elsewhere' }, dataDir: '/somewhere' }).dataDir).toBe('/somewhere')
})
