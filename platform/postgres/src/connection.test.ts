import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { postgresSettings, text, UsageError, valuesFromEnvironment } from '@fintech-streams/service'
import { postgresConnection } from './connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'postgres-connection-'))
afterAll(() => rmSync(folder, { recursive: true }))
const CA = join(folder, 'ca.pem')
writeFileSync(CA, '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n')

const connectionOf = (environment: Record<string, string>) =>
  postgresConnection(valuesFromEnvironment(postgresSettings, environment))

const demo = { host: 'localhost', port: 5432, database: 'fintech', user: 'fintech', password: 'fintech', ssl: false }

describe('a connection', () => {
  it('without settings is the demo’s', () => {
    expect(connectionOf({})).toMatchObject(demo)
  })

  it('is stated by a URL, and what the URL leaves out by the parts', () => {
    expect(connectionOf({ DATABASE_URL: 'postgres://a%40b:p%3Aw@db.example:6432/payments' })).toMatchObject({
      host: 'db.example',
      port: 6432,
      database: 'payments',
      user: 'a@b',
      password: 'p:w',
      ssl: false,
    })
    const role = { POSTGRES_USER: 'sink', POSTGRES_PASSWORD: 'secret' }
    const url = `postgresql://[::1]?sslmode=verify-full&sslrootcert=${CA}`
    expect(connectionOf({ DATABASE_URL: url, ...role })).toMatchObject({
      ...demo,
      host: '::1',
      user: 'sink',
      password: 'secret',
      ssl: { ca: expect.stringContaining('ca') as string },
    })
  })

  it('of a program whose role has variables of its own takes the role of the URL instead', () => {
    const settings = { ...postgresSettings, postgresUser: text({ env: 'OWN_USER', default: 'own', help: 'role' }) }
    const userOf = (environment: Record<string, string>): string =>
      postgresConnection(valuesFromEnvironment(settings, environment), settings).user
    expect(userOf({})).toBe('own')
    expect(userOf({ DATABASE_URL: 'postgres://db.example' })).toBe('own')
    expect(userOf({ DATABASE_URL: 'postgres://somebody@db.example' })).toBe('somebody')
    expect(() => userOf({ DATABASE_URL: 'postgres://somebody@db.example', OWN_USER: 'me' })).toThrow('OWN_USER')
  })

  it('checks as much of a certificate as its mode says', () => {
    const ca = expect.stringContaining('ca') as string
    expect(connectionOf({ POSTGRES_SSLMODE: 'require' }).ssl).toEqual({ rejectUnauthorized: false })
    expect(connectionOf({ POSTGRES_SSLMODE: 'verify-full', POSTGRES_SSL_CA: CA }).ssl).toEqual({ ca })
    const withoutName = connectionOf({ POSTGRES_SSLMODE: 'verify-ca', POSTGRES_SSL_CA: CA }).ssl
    expect(withoutName).toEqual({ ca, checkServerIdentity: expect.any(Function) as unknown })
  })

  it.each(['require', 'verify-full', 'no-verify'])('is not encrypted because a shell has PGSSLMODE %s', (mode) => {
    vi.stubEnv('PGSSLMODE', mode)
    vi.stubEnv('PGSSLNEGOTIATION', 'direct')
    expect(new pg.Client(connectionOf({})).ssl).toBe(false)
  })

  it.each([
    [{ POSTGRES_SSLMODE: 'verify-full' }, 'POSTGRES_SSLMODE verify-full needs POSTGRES_SSL_CA'],
    [{ POSTGRES_SSLMODE: 'verify-ca' }, 'POSTGRES_SSLMODE verify-ca needs POSTGRES_SSL_CA'],
    [{ POSTGRES_SSL_CA: CA }, 'POSTGRES_SSL_CA is not checked with POSTGRES_SSLMODE disable'],
    [{ POSTGRES_SSLMODE: 'require', POSTGRES_SSL_CA: CA }, 'is not checked with POSTGRES_SSLMODE require'],
    [{ POSTGRES_SSLMODE: 'verify-ca', POSTGRES_SSL_CA: '/nowhere' }, 'POSTGRES_SSL_CA cannot be read: ENOENT'],
    [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL is no URL of Postgres'],
    [{ DATABASE_URL: 'db.example:5432' }, 'DATABASE_URL is no URL of Postgres'],
    [{ DATABASE_URL: 'postgres://db/a?channel_binding=require' }, 'DATABASE_URL has channel_binding'],
    [{ DATABASE_URL: 'postgres://db/a?sslmode=prefer' }, 'DATABASE_URL has sslmode prefer'],
    [{ DATABASE_URL: 'postgres://%zz@db/a' }, 'DATABASE_URL has a % that begins no escape'],
    [{ DATABASE_URL: 'postgres://db/a', POSTGRES_DB: 'b' }, 'DATABASE_URL and POSTGRES_DB contradict each other'],
    [{ DATABASE_URL: 'postgres://db:1/a', POSTGRES_PORT: '2' }, 'DATABASE_URL and POSTGRES_PORT contradict'],
    [{ DATABASE_URL: 'postgres://me@db/a', POSTGRES_USER: 'sink' }, 'DATABASE_URL and POSTGRES_USER contradict'],
  ])('with %j is wrong use', (environment, why) => {
    expect(() => connectionOf(environment)).toThrow(UsageError)
    expect(() => connectionOf(environment)).toThrow(why)
  })
})
