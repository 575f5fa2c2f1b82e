import { afterEach, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'
import { type DashboardList } from './schema.ts'

let api: TestApp
afterEach(() => api.app.close())

test('dashboards are listed for viewers, as Grafana has them', async () => {
  api = await testApp()
  const get = (headers = {}) => api.app.inject({ url: '/v1/dashboards', headers })
  expect((await get()).statusCode).toBe(401)
  expect((await get(api.bearer('writer'))).statusCode).toBe(403)
  const { dashboards } = (await get(api.bearer('viewer'))).json<DashboardList>()
  expect(dashboards.map(({ uid }) => uid)).toEqual(
    expect.arrayContaining(['transaction-monitor', 'fraud-detection', 'pipeline-health', 'customer']),
  )
  for (const { title, description, panels } of dashboards) {
    expect([title.length, description.length, panels].every((size) => size > 0)).toBe(true)
  }
})

test('what is not there, or cannot be asked, is said', async () => {
  api = await testApp()
  const headers = api.bearer('viewer')
  const ask = async (url: string, payload: object) => {
    const answer = await api.app.inject({ method: 'POST', url, payload, headers })
    return [answer.statusCode, answer.json<{ detail: string }>().detail] as const
  }
  const range = { from: 0, to: 3_600_000 }
  const panel = '/v1/dashboards/transaction-monitor/panels/2/data'
  expect((await api.app.inject({ url: '/v1/dashboards/nothing', headers })).statusCode).toBe(404)
  expect(await ask('/v1/dashboards/nothing/panels/2/data', range)).toEqual([
    404,
    expect.stringMatching(/no dashboard nothing/),
  ])
  expect(await ask('/v1/dashboards/transaction-monitor/panels/1/data', range)).toEqual([
    404,
    expect.stringMatching(/no panel 1/),
  ])
  expect(await ask(panel, { from: 2, to: 1 })).toEqual([422, expect.stringMatching(/end after it begins/)])
  expect(await ask(panel, { from: 0, to: 400 * 86_400_000 })).toEqual([
    422,
    expect.stringMatching(/longer than a year/),
  ])
  expect(await ask(panel, { ...range, sql: 'select 1' })).toEqual([400, expect.stringMatching(/sql/)])
  expect(await ask(panel, range)).toEqual([503, expect.stringMatching(/Postgres is down/)])
})

test('a panel on metrics says what it needs', async () => {
  api = await testApp()
  const headers = api.bearer('ops')
  const answer = await api.app.inject({
    method: 'POST',
    url: '/v1/dashboards/pipeline-health/panels/2/data',
    payload: { from: 0, to: 60_000 },
    headers,
  })
  expect(answer.json()).toMatchObject({ results: [{ kind: 'missing', needs: 'Prometheus' }] })
})
