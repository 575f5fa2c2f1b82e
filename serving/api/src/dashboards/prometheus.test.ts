import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Prometheus } from './prometheus.ts'

let server: Server
afterEach(() => server?.close())

/** A server that answers as Prometheus does. @returns its address, and what it was asked. */
async function answering(body: unknown, status = 200): Promise<{ address: string; asked: URL[] }> {
  const asked: URL[] = []
  server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://localhost'))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

const range = { expr: 'up', from: new Date(0), to: new Date(60_000), stepMs: 15_000 }

test('a range is lines with the labels of the legend', async () => {
  const result = [
    {
      metric: { __name__: 'up', job: 'sink' },
      values: [
        [15, '1'],
        [30, 'NaN'],
      ],
    },
    { metric: { __name__: 'up', job: 'processor' }, values: [[15.5, '0']] },
  ]
  const { address, asked } = await answering({ status: 'success', data: { result } })
  const prometheus = new Prometheus(address)
  const { lines } = await prometheus.range('A', { ...range, legend: '{{job}} is {{ missing }}up' })
  expect(lines).toEqual([
    {
      name: 'sink is up',
      points: [
        [15_000, 1],
        [30_000, null],
      ],
    },
    { name: 'processor is up', points: [[15_500, 0]] },
  ])
  expect(asked[0]?.pathname).toBe('/api/v1/query_range')
  expect(Object.fromEntries(asked[0]!.searchParams)).toEqual({ query: 'up', start: '0', end: '60', step: '15' })
  const { lines: unnamed } = await prometheus.range('A', { ...range, legend: undefined })
  expect(unnamed.map(({ name }) => name)).toEqual(['up{job="sink"}', 'up{job="processor"}'])
})

test('a step without a value is null, so that no line is drawn across', async () => {
  const values = [15, 30, 75, 90].map((seconds) => [seconds, '2'])
  const { address } = await answering({ status: 'success', data: { result: [{ metric: {}, values }] } })
  const { lines } = await new Prometheus(address).range('A', { ...range, legend: 'x' })
  expect(lines[0]?.points).toEqual([
    [15_000, 2],
    [30_000, 2],
    [60_000, null],
    [75_000, 2],
    [90_000, 2],
  ])
})

test('now is a row for each series', async () => {
  const result = [
    { metric: { job: 'sink' }, value: [15, '2.5'] },
    { metric: {}, value: [15, '+Inf'] },
  ]
  const { address } = await answering({ status: 'success', data: { result } })
  expect(await new Prometheus(address).at('A', 'up', new Date(0))).toMatchObject({
    columns: [{ name: 'job' }, { name: 'Value', type: 'number' }],
    rows: [
      ['sink', 2.5],
      [null, null],
    ],
  })
})

test('a refusal and silence are problems', async () => {
  const { address } = await answering({ status: 'error', error: 'parse error' }, 400)
  await expect(new Prometheus(address).range('A', { ...range, legend: undefined })).rejects.toMatchObject({
    code: 'unprocessable',
    message: expect.stringContaining('parse error') as string,
  })
  await expect(new Prometheus('http://127.0.0.1:2').at('A', 'up', new Date(0))).rejects.toMatchObject({
    code: 'unavailable',
  })
})
