import { afterEach, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

let api: TestApp
afterEach(() => api.app.close())

test('topics are for ops alone, and say when Kafka is not there', async () => {
  api = await testApp()
  const ask = async (url: string, headers: object) =>
    (await api.app.inject({ url, headers: { ...headers } })).statusCode
  for (const url of ['/v1/topics', '/v1/topics/a', '/v1/topics/a/messages', '/v1/dead-letters']) {
    expect(await ask(url, api.bearer('viewer'))).toBe(403)
    expect(await ask(url, api.bearer('ops'))).toBe(503)
  }
})

test('a request that makes no sense is refused before a broker is asked', async () => {
  api = await testApp()
  const headers = api.bearer('ops')
  const status = async (query: string) =>
    (await api.app.inject({ url: `/v1/topics/a/messages?${query}`, headers })).statusCode
  expect(await status('limit=1&offset=2')).toBe(422)
  expect(await status('limit=1&partition=0&offset=2&since=3')).toBe(422)
  for (const query of ['limit=0', 'limit=201', 'partition=-1', 'offset=x', 'key=', 'other=1']) {
    expect([query, await status(query)]).toEqual([query, 400])
  }
  const replay = async (payload: object) =>
    (await api.app.inject({ method: 'POST', url: '/v1/dead-letters/replay', payload, headers })).statusCode
  expect(await replay({ ids: [] })).toBe(400)
  expect(await replay({ ids: ['a/b/c'] })).toBe(400)
  expect(await replay({ ids: ['a/0/1', 'a/0/1'] })).toBe(400)
  expect(await replay({ ids: ['a/0/1'], values: { 'a/0/2': {} } })).toBe(422)
})
