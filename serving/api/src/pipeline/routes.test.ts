import { afterEach, expect, test } from 'vitest'
import { type Api } from '../route.ts'
import { testApp } from '../testing/app.ts'
import { type Pipeline } from '@fintech-streams/monitor'

let running: Api | undefined
afterEach(async () => running?.close())

test('with every part down it answers, and names each with its reason', async () => {
  const { app, bearer } = await testApp()
  running = app
  const response = await app.inject({ url: '/v1/pipeline', headers: bearer('viewer') })
  expect(response.statusCode).toBe(200)
  const { summary, troubles, processes, jobs, flow } = response.json<Pipeline>()
  for (const name of ['postgres', 'kafka', 'connect', 'processor', 'sink', 'counter']) {
    expect(processes.find((one) => one.name === name)).toMatchObject({ state: 'down' })
    expect(troubles.find(({ part }) => part === name)?.text, name).toMatch(/is down: .+\./)
    expect(summary).toContain(name)
  }
  expect(processes.find(({ name }) => name === 'sink')?.detail).toContain('ECONNREFUSED')
  expect(processes.find(({ name }) => name === 'generator')).toMatchObject({ state: 'unknown' })
  expect(jobs).toHaveLength(10)
  expect(jobs[0]).toMatchObject({ id: 'fraud_detection', state: 'down', latency: null, records_in_per_second: null })
  expect(flow.nodes.map(({ id }) => id)).toEqual(
    expect.arrayContaining(flow.edges.flatMap(({ from, to }) => [from, to])),
  )
})
