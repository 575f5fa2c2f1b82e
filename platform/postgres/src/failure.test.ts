import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { OperatingError } from '@fintech-streams/service'
import { connectPostgres } from './connection.ts'
import { type Failure, failureOf, isDataError, isState, UNDEFINED_TABLE } from './failure.ts'

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('refused', 7, 'error')
  error.code = code
  return error
}

describe('a SQLSTATE', () => {
  it.each<[string, Failure | undefined]>([
    ['08006', 'outage'],
    ['53300', 'outage'],
    ['57P01', 'outage'],
    ['57P03', 'outage'],
    ['58030', 'outage'],
    ['40001', 'transient'],
    ['40P01', 'transient'],
    ['57014', 'transient'],
    ['55P03', 'transient'],
    ['25P03', 'transient'],
    ['28P01', 'refused'],
    ['3D000', 'refused'],
    ['3F000', 'refused'],
    ['42501', 'refused'],
    ['42P01', 'refused'],
    ['21000', 'data'],
    ['22003', 'data'],
    ['23505', 'data'],
    ['55000', undefined],
    ['XX000', undefined],
  ])('%s is %s', (code, failure) => {
    expect(failureOf(databaseError(code))).toBe(failure)
    expect(failureOf(new OperatingError('postgres_failed', 'a sentence', databaseError(code)))).toBe(failure)
    expect(isDataError(databaseError(code))).toBe(failure === 'data')
  })

  it('is told from the code of another error', () => {
    expect(isState(databaseError('42P01'), UNDEFINED_TABLE)).toBe(true)
    expect(isState(Object.assign(new Error(), { code: '42P01' }), UNDEFINED_TABLE)).toBe(false)
    expect(failureOf(Object.assign(new Error(), { code: '08006' }))).toBeUndefined()
    expect(failureOf(new TypeError('undefined is not a function'))).toBeUndefined()
    expect(failureOf('text')).toBeUndefined()
  })
})

describe('an error of the network', () => {
  it.each<[Error, Failure]>([
    [Object.assign(new Error(), { code: 'ECONNRESET' }), 'outage'],
    [Object.assign(new Error(), { code: 'EAI_AGAIN' }), 'outage'],
    [new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })]), 'outage'],
    [new Error('Connection terminated unexpectedly'), 'outage'],
    [new Error('Query read timeout'), 'transient'],
    [new Error('timeout exceeded when trying to connect'), 'transient'],
    [new Error('The server does not support SSL connections'), 'refused'],
    [Object.assign(new Error(), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'refused'],
    [Object.assign(new Error(), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'refused'],
  ])('%s is %s', (error, failure) => {
    expect(failureOf(error)).toBe(failure)
  })
})

describe('a connection that cannot be made', () => {
  const config = { host: '127.0.0.1', database: 'd', user: 'u', password: 'p' }

  it('says that nobody answers, and may be tried again', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const error = await connectPostgres({ ...config, port, ssl: false }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'postgres_unreachable', canRetry: true })
    expect(String(error)).toContain(`cannot connect to Postgres at 127.0.0.1:${port}/d as u: connect ECONNREFUSED`)
  })

  it('says that a server has no TLS, and may not be tried again', async () => {
    // What Postgres answers to a request for TLS that it does not have.
    const server = createServer((socket) => socket.on('data', () => socket.write('N')).on('error', () => undefined))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const error = await connectPostgres({ ...config, port, ssl: { rejectUnauthorized: false } }).catch(
      (reason: unknown) => reason,
    )
    server.close()
    expect(error).toMatchObject({ code: 'postgres_refused', canRetry: false })
    expect(String(error)).toContain('turn on ssl in the server, or set POSTGRES_SSLMODE to disable')
  })
})
