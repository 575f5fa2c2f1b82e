import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testApp, type TestApp } from '../testing/app.ts'
import { type Role, ROLES } from './roles.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Operation {
  readonly security?: readonly object[]
  readonly 'x-roles'?: readonly Role[]
}

interface DocumentedRoute {
  readonly method: Method
  readonly url: string
  /** Undefined for one that everybody may use. */
  readonly roles: readonly Role[] | undefined
}

let started: TestApp
const routes: DocumentedRoute[] = []

beforeAll(async () => {
  started = await testApp()
  // A server that stops ends its streams of events: a request for one then has an end, too.
  started.drain.abort()
  const document = (await started.app.inject('/docs/json')).json<{ paths: Record<string, Record<string, Operation>> }>()
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      routes.push({
        method: method.toUpperCase() as Method,
        url: path.replace(/\{[^}]*\}/g, '00000000-0000-4000-8000-000000000001'),
        roles: operation.security?.length === 0 ? undefined : operation['x-roles'],
      })
    }
  }
})
afterAll(async () => started.app.close())

/** What some routes have to allow, whatever they declare. */
const EXPECTED: readonly [Method, string, readonly Role[] | 'everybody'][] = [
  ['GET', '/healthz', 'everybody'],
  ['GET', '/readyz', 'everybody'],
  ['GET', '/metrics', ['ops', 'viewer', 'admin']],
  ['POST', '/v1/transactions', ['writer', 'admin']],
  [
    'GET',
    '/v1/accounts/00000000-0000-4000-8000-000000000001/top-senders',
    ['viewer', 'fraud_analyst', 'compliance', 'finance', 'operations', 'admin'],
  ],
]

/** Whether a caller is let in: what the route itself says to the request does not matter here. */
async function isLetIn(method: Method, url: string, headers: Record<string, string>): Promise<boolean> {
  const { statusCode } = await started.app.inject({
    method,
    url,
    headers,
    ...(method === 'GET' ? {} : { payload: {} }),
  })
  return statusCode !== 401 && statusCode !== 403
}

describe('every documented route', () => {
  test('lets in the roles that it names and no other, and nobody without a token', async () => {
    expect(routes.length).toBeGreaterThanOrEqual(EXPECTED.length)
    const bearers = new Map(ROLES.map((role) => [role, started.bearer(role)]))
    for (const { method, url, roles } of routes) {
      expect(await isLetIn(method, url, {}), `${method} ${url} without a token`).toBe(roles === undefined)
      const letIn = await Promise.all(ROLES.map((role) => isLetIn(method, url, bearers.get(role)!)))
      const expected = ROLES.filter((role) => roles?.includes(role) ?? true)
      expect(
        ROLES.filter((_, index) => letIn[index]),
        `${method} ${url}`,
      ).toEqual(expected)
    }
  }, 120_000)

  test.each(EXPECTED)('%s %s is for %s', (method, url, expected) => {
    const route = routes.find((one) => one.method === method && one.url === url)
    if (expected === 'everybody') expect(route?.roles).toBeUndefined()
    else expect([...(route?.roles ?? [])].sort()).toEqual([...expected].sort())
  })
})
