import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Api } from './route.ts'
import { type Dependencies } from './dependencies.ts'
import { TEST_LIMITS, testApp, type TestApp } from './testing/app.ts'

let running: Api | undefined
afterEach(async () => running?.close())

async function start(given: Partial<Dependencies> = {}): Promise<TestApp> {
  const started = await testApp(given)
  running = started.app
  return started
}

function expectProblem(response: Awaited<ReturnType<Api['inject']>>, status: number, code: string): void {
  expect(response.statusCode).toBe(status)
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  const body = response.json<Record<string, unknown>>()
  expect(body).toMatchObject({ type: `urn:fintech-streams:problem:${code}`, status })
  expect(body['instance']).toBe(`urn:fintech-streams:request:${String(response.headers['x-request-id'])}`)
}

test('alive without a token, and says whether tokens are needed', async () => {
  const { app } = await start()
  const response = await app.inject('/healthz')
  expect(response.json()).toEqual({ status: 'alive', access: 'tokens' })
  expect(response.headers['content-security-policy']).toContain("default-src 'self'")
  expect(response.headers['access-control-allow-origin']).toBeUndefined()
})

test('ready when every check is, and each is named', async () => {
  let ready = false
  const checks = [{ name: 'postgres', state: () => ({ ready, detail: 'a detail' }) }]
  const { app, drain } = await start({ checks })
  const notYet = await app.inject('/readyz')
  expect(notYet.statusCode).toBe(503)
  expect(notYet.json()).toEqual({ status: 'not ready', checks: { postgres: { ready: false, detail: 'a detail' } } })
  ready = true
  expect((await app.inject('/readyz')).statusCode).toBe(200)
  drain.abort()
  expect((await app.inject('/readyz')).json()).toMatchObject({ status: 'stopping' })
  expect((await app.inject('/healthz')).statusCode).toBe(200)
})

test('a token lets in whom the route names, and nobody else', async () => {
  const { app, bearer } = await start()
  const ask = (headers: Record<string, string>) => app.inject({ url: '/metrics', headers })
  expectProblem(await ask({}), 401, 'unauthenticated')
  expect((await ask({})).headers['www-authenticate']).toBe('Bearer')
  expectProblem(await ask({ authorization: 'Basic dXNlcjpwYXNz' }), 401, 'unauthenticated')
  expectProblem(await ask(bearer('marketing')), 403, 'forbidden')
  for (const role of ['ops', 'viewer', 'admin'] as const) expect((await ask(bearer(role))).statusCode).toBe(200)
})

test('without any token the demo is open, under a local name only', async () => {
  const { app, bearer } = await start({ openWithoutTokens: true })
  expect((await app.inject('/healthz')).json()).toMatchObject({ access: 'open' })
  const ask = (host: string) => app.inject({ url: '/metrics', headers: { host } })
  for (const host of ['localhost:8081', '127.0.0.1:8081', '[::1]:8081', 'serving:8081']) {
    expect((await ask(host)).statusCode, host).toBe(200)
  }
  expectProblem(await ask('rebound.example.com:8081'), 401, 'unauthenticated')
  bearer('viewer')
  expect((await app.inject('/healthz')).json()).toMatchObject({ access: 'tokens' })
  expectProblem(await ask('localhost:8081'), 401, 'unauthenticated')
})

test('tokens that could not be read yet are no reason to say that one is wrong', async () => {
  const { app } = await start({ tokens: () => undefined })
  expectProblem(await app.inject('/metrics'), 503, 'unavailable')
})

test('an unknown address, a bad one and too many requests are problems, too', async () => {
  const { app } = await start({ limits: { ...TEST_LIMITS, requestsPerSecond: 3 } })
  expectProblem(await app.inject('/v1/nothing'), 404, 'not_found')
  const bad = await app.inject('/v1/%ff')
  expect(bad.statusCode).toBe(400)
  expect(bad.headers['content-type']).toMatch(/^application\/problem\+json/)
  for (let n = 0; n < 3; n += 1) await app.inject('/v1/nothing')
  const refused = await app.inject('/v1/nothing')
  expectProblem(refused, 429, 'too_many_requests')
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
})

test('what is no HTTP request, or too long a one, is a problem, too', async () => {
  const { app } = await start()
  await app.listen({ port: 0 })
  const { port } = app.server.address() as AddressInfo
  const send = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    socket.end(text)
    return (await socket.setEncoding('utf8').toArray()).join('')
  }
  expect(await send('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*problem\+json.*problem:invalid_request/s)
  const long = await send(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`)
  expect(long).toMatch(/^HTTP\/1.1 431 .*problem\+json.*problem:headers_too_large/s)
})

test('an address that takes other methods says which', async () => {
  const { app } = await start()
  const response = await app.inject({ method: 'DELETE', url: '/metrics' })
  expectProblem(response, 405, 'method_not_allowed')
  expect(response.headers['allow']).toBe('GET, HEAD')
})

test('a route that does not say who may use it keeps the API from starting', async () => {
  const { app } = await start()
  running = undefined
  app.get('/v1/forgotten', async () => ({}))
  await expect(app.ready()).rejects.toThrow('/v1/forgotten does not say who may use it')
})

test('an unexpected error shows the client nothing of itself', async () => {
  const { app } = await start()
  app.get('/v1/broken', { config: { access: 'public' } }, async () => {
    throw new Error('secret detail')
  })
  const response = await app.inject('/v1/broken')
  expectProblem(response, 500, 'internal')
  expect(response.body).not.toContain('secret')
})

test('the document names every answer, and is for everybody', async () => {
  const { app } = await start()
  const document = (await app.inject('/docs/json')).json<{
    paths: Record<string, Record<string, { responses: object; security?: object[] }>>
  }>()
  expect(Object.keys(document.paths['/metrics']?.['get']?.responses ?? {})).toEqual(
    expect.arrayContaining(['200', '401', '403', '429', '500', '503']),
  )
  expect(document.paths['/healthz']?.['get']?.security).toEqual([])
  expect((await app.inject('/docs')).statusCode).toBe(200)
})
