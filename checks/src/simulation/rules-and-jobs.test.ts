import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { minutes, transactionResult, windowResult } from '@fintech-streams/contracts'
import { tumbling } from '@fintech-streams/engine'
import { count, defineWindowJob, RULES_FILE, sum, type TransactionsJob } from '@fintech-streams/jobs'
import { defineTransactionJob } from '@fintech-streams/rules'
import { afterAll, expect, test } from 'vitest'
import { CONTRACT_RULES } from '../rows.ts'
import { checkedJob, checkedJobs } from '../verify/checked-jobs.ts'
import { faultsOf, type Program, programOf, Simulation } from './run.ts'

const SEEDS = 20
const folder = mkdtempSync(join(tmpdir(), 'rules-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Document = Record<string, Record<string, Record<string, unknown>>>

/** The project's rules document with other values at these paths. */
function edited(edits: Readonly<Record<string, unknown>>): string {
  const document = JSON.parse(readFileSync(RULES_FILE, 'utf8')) as Document
  for (const [path, value] of Object.entries(edits)) {
    const names = path.split('.')
    const last = names.pop() ?? ''
    const parent = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, document)
    expect(parent[last], path).not.toEqual(value)
    parent[last] = value
  }
  const file = join(folder, `${Object.keys(edits).length}.json`)
  writeFileSync(file, JSON.stringify({ ...document, version: 'edited' }))
  return file
}

async function faultsUnder(program: Program): Promise<string[]> {
  const faults: string[] = []
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    faults.push(...faultsOf(await new Simulation({ seed, program }).run()))
  }
  return faults
}

const TEN = {
  'fraud_detection.HIGH_AMOUNT.deviations': 1.7,
  'fraud_detection.HIGH_AMOUNT.minEarlier': 3,
  'fraud_detection.HIGH_AMOUNT.amountOver': '12.50',
  'fraud_detection.FREQUENCY_ANOMALY.countOver': 2,
  'fraud_detection.LOCATION_ANOMALY.enabled': false,
  'fraud_detection.TIME_ANOMALY.firstNormalHour': 13,
  'anomaly_detection.PATTERN_DEVIATION.score': 0.35,
  'anomaly_detection.STATISTICAL_OUTLIER.minEarlier': 4,
  'risk_analytics.score.fullExposure': '120.00',
  'compliance_monitoring.weights.HIGH_RISK': 0.7,
}

test('ten edited thresholds: processor and recomputation follow', { timeout: 300_000 }, async () => {
  expect(await faultsUnder(programOf(edited(TEN)))).toEqual([])
})

test('a recomputation under other thresholds than the processor’s differs', { timeout: 300_000 }, async () => {
  const { jobs } = programOf(edited(TEN))
  expect(await faultsUnder({ jobs, checked: checkedJobs() })).not.toEqual([])
})

/** Two jobs of a user's own: a window by a key that no built-in job has, and a note on every large transaction. */
const added: readonly TransactionsJob[] = [
  defineWindowJob({
    id: 'fees_by_band',
    result: windowResult({ fee_band: 'text' }, { total_fees: 'money', failed: 'count' }),
    window: tumbling(minutes(2)),
    key: (tx) => (tx.status === 'PENDING' ? undefined : tx.feeMinor === 0 ? 'free' : 'paid'),
    aggregate: { feesMinor: sum('feeMinor'), failed: count({ when: ({ status }) => status === 'FAILED' }) },
    finish: ({ feesMinor, failed }) => ({ total_fees: feesMinor, failed }),
  }),
  defineTransactionJob({
    id: 'above_average',
    result: transactionResult({ earlier: 'count' }),
    judge: (tx, earlier) =>
      earlier.count > 0 && tx.amountUsdMinor > earlier.meanMinor
        ? { transaction_id: tx.transactionId, earlier: earlier.count }
        : undefined,
  }),
]

test('added jobs are checked by replay, and said to be', { timeout: 300_000 }, async () => {
  const own = programOf(RULES_FILE)
  const checked = [...own.checked, ...added.map((job) => checkedJob(job, CONTRACT_RULES))]
  expect(Object.fromEntries(checked.map(({ id, method }) => [id, method]))).toMatchObject({
    dashboard_metrics: 'second implementation',
    fees_by_band: 'replay',
    above_average: 'replay',
  })
  const program = { jobs: [...own.jobs, ...added], checked }
  expect(await faultsUnder(program)).toEqual([])
  const { comparisons } = await new Simulation({ seed: 1, program }).run()
  for (const { id } of added) {
    const comparison = comparisons.find(({ name }) => name.endsWith(id))
    expect(comparison?.found, id).toBeGreaterThan(0)
  }
})

test('an added job whose results are not there is missed', { timeout: 300_000 }, async () => {
  const { jobs, checked } = programOf(RULES_FILE)
  const program = { jobs, checked: [...checked, ...added.map((job) => checkedJob(job, CONTRACT_RULES))] }
  const { comparisons } = await new Simulation({ seed: 1, program }).run()
  expect(comparisons.find(({ name }) => name.endsWith('above_average'))?.missing).toBeGreaterThan(0)
})
