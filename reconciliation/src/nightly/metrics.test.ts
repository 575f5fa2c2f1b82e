import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LakeMetrics } from '../lake/metrics.ts'
import { registerNightlyMetrics } from './metrics.ts'
import { writeNightlyState, writeStatementsState } from './report.ts'

let folder: string
let registry: Registry
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fintech-metrics-'))
  registry = new Registry()
  registerNightlyMetrics(registry, folder)
})
afterEach(() => rm(folder, { recursive: true }))

/** The samples of a page, without help and types. */
const samples = async (): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((text) => text !== '' && !text.startsWith('#'))
const night = { date: '2026-11-19', seconds: 2, statuses: { MATCHED: 7 } }

test('what has never been has no sample', async () => {
  new LakeMetrics(registry)
  expect((await samples()).filter((text) => /timestamp|succeeded|nightly|statement/.test(text))).toEqual([])
})

test('a first night that failed is no success', async () => {
  await writeNightlyState(folder, { ...night, succeeded: false, finishedAtMs: 5_000, statuses: {} })
  expect(await samples()).toEqual([
    'reconciliation_nightly_last_run_succeeded 0',
    'reconciliation_nightly_duration_seconds 2',
  ])
})

test('nights and statements as they were left', async () => {
  await writeNightlyState(folder, { ...night, succeeded: true, finishedAtMs: 5_000 })
  await writeNightlyState(folder, { ...night, succeeded: false, finishedAtMs: 9_000, statuses: {} })
  await writeStatementsState(folder, {
    files: { taken: 3, refused: 1 },
    lines: { taken: 9, rejected: 2 },
    late: 1,
    openDays: 4,
  })
  expect(await samples()).toEqual([
    'reconciliation_nightly_last_run_succeeded 0',
    'reconciliation_nightly_last_success_timestamp_seconds 5',
    'reconciliation_nightly_duration_seconds 2',
    'reconciliation_nightly_open_days 4',
    'reconciliation_statements_late 1',
    'reconciliation_statement_files{outcome="taken"} 3',
    'reconciliation_statement_files{outcome="refused"} 1',
    'reconciliation_statement_lines{outcome="taken"} 9',
    'reconciliation_statement_lines{outcome="rejected"} 2',
  ])
})
