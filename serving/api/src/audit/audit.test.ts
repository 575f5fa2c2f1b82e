import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'
import { conservationOf } from './conservation.ts'
import { type ChaosResponse } from './schema.ts'

let folder: string
let api: TestApp
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
  api = await testApp({ chaosReportFile: join(folder, 'report.json') })
})
afterEach(async () => {
  await api.app.close()
  await rm(folder, { recursive: true })
})

test('an audit is told in dollars and moments', () => {
  const minute = 60_000
  const audit = {
    state: 'broken' as const,
    behind: undefined,
    fromMs: 0,
    cutMs: 2 * minute,
    uncountable: 0,
    tookMs: 1_500,
    checks: [
      { name: 'outcomes', sides: ['a', 'b'], values: [7n, 5n], difference: 4n, minutesMs: [minute] },
      { name: 'minute_amounts', sides: ['c', 'd'], values: [123_456n, 1n], difference: 123_455n, minutesMs: [] },
    ] as const,
  }
  expect(conservationOf(audit, 3 * minute)).toEqual({
    state: 'broken',
    behind: null,
    from: '1970-01-01T00:00:00.000Z',
    to: '1970-01-01T00:02:00.000Z',
    ended_at: '1970-01-01T00:03:00.000Z',
    took_seconds: 1.5,
    checks: [
      {
        name: 'outcomes',
        left: { what: 'a', value: '7' },
        right: { what: 'b', value: '5' },
        difference: '4',
        unit: 'transactions',
        different_minutes: ['1970-01-01T00:01:00.000Z'],
      },
      {
        name: 'minute_amounts',
        left: { what: 'c', value: '1234.56' },
        right: { what: 'd', value: '0.01' },
        difference: '1234.55',
        unit: 'US dollars',
        different_minutes: [],
      },
    ],
  })
})

test('what cannot be audited is said, at once and without holding anybody up', async () => {
  const headers = api.bearer('viewer')
  const ask = async () => (await api.app.inject({ url: '/v1/audit/conservation', headers })).json<object>()
  expect(await ask()).toEqual({ last: null, is_running: true, problem: null })
  await expect
    .poll(ask)
    .toMatchObject({ last: null, is_running: false, problem: expect.stringContaining('Postgres is down') as string })
})

test('the last chaos run is summed up; without one, or half of one, there is nothing', async () => {
  const headers = api.bearer('viewer')
  const ask = async () => (await api.app.inject({ url: '/v1/audit/chaos', headers })).json<ChaosResponse>()
  expect(await ask()).toEqual({ last: null, problem: expect.stringContaining('make chaos') as string })
  const none = { expected: 0, missing: 0, duplicate: 0, wrong: 0, unexpected: 0 }
  const report = {
    startedAt: '2026-01-05T03:00:00.000Z',
    seconds: 600,
    seed: 5,
    workers: 2,
    ok: false,
    faults: [{ kind: 'kill sink' }, { kind: 'kill sink' }],
    load: { offeredPerSecond: 1_000, medianPerSecond: 990, written: 500_000 },
    transactions: { inPostgres: 500_000, inKafka: 500_000 },
    recovery: [{ kind: 'kill sink', count: 2, medianMs: 1_500, maxMs: 2_000 }],
    verification: { topics: [{ ...none, expected: 10, missing: 1 }], tables: [{ ...none, expected: 5 }] },
  }
  await writeFile(join(folder, 'report.json'), JSON.stringify(report))
  expect(await ask()).toEqual({
    problem: null,
    last: {
      started_at: '2026-01-05T03:00:00.000Z',
      seconds: 600,
      seed: 5,
      ok: false,
      faults: 2,
      load: { offered_per_second: 1_000, median_per_second: 990, written: 500_000 },
      transactions: { in_postgres: 500_000, in_kafka: 500_000 },
      recovery: [{ kind: 'kill sink', count: 2, median_seconds: 1.5, max_seconds: 2 }],
      verification: { compared: 15, missing: 1, duplicate: 0, wrong: 0, unexpected: 0 },
    },
  })
  await writeFile(join(folder, 'report.json'), '{"startedAt":')
  expect(await ask()).toMatchObject({ last: null, problem: expect.stringContaining('cannot be read') as string })
})
