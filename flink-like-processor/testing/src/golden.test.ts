import { analyticsTopic, ANOMALY_TYPES, FRAUD_VERDICTS, LATE_TOPIC } from '@fintech-streams/contracts'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { CONTRACT_RULES_FILE } from './contract-rules.ts'
import { GOLDEN_QUIET_MS, goldenStream } from './golden-stream.ts'
import { TopologyDriver } from './topology-driver.ts'

type Results = Record<string, unknown>[]

const rows = goldenStream()
const jobs = builtInJobs(loadRules(CONTRACT_RULES_FILE))
const jobIds = jobs.map((job) => job.id)

function run(partitions: number): TopologyDriver {
  const driver = new TopologyDriver(jobs, partitions)
  for (const row of rows) driver.pipe(row)
  // Twice: a partition without a record says it is empty, and is taken at its word the second time.
  for (const nowMs of [GOLDEN_QUIET_MS, 2 * GOLDEN_QUIET_MS]) {
    for (let partition = 0; partition < partitions; partition += 1) driver.idle(partition, nowMs, 0)
  }
  return driver
}

/** A job's results by their keys, so that it does not matter which partition wrote first. */
function resultsOf(driver: TopologyDriver, job: string): Results {
  const byKey = [...driver.results(analyticsTopic(job))]
  return byKey.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result)
}

const goldenFile = (job: string): URL => new URL(`../../jobs/src/golden/${job}.json`, import.meta.url)

/** One result a line, so that a difference shows which results changed: review it like code. */
function writeGolden(driver: TopologyDriver): void {
  for (const job of jobIds) {
    const lines = resultsOf(driver, job).map((result) => JSON.stringify(result))
    writeFileSync(goldenFile(job), `[\n${lines.join(',\n')}\n]\n`)
  }
}

function readGolden(job: string): Results {
  if (!existsSync(goldenFile(job))) throw new Error(`there is no golden file of ${job}: run with UPDATE_GOLDEN=1`)
  return JSON.parse(readFileSync(goldenFile(job), 'utf8')) as Results
}

if (process.env['UPDATE_GOLDEN'] === '1') writeGolden(run(4))

describe.each([4, 1, 7])('in %i partitions', (partitions) => {
  const driver = run(partitions)

  it.each(jobIds)('%s gives its golden results', (job) => {
    expect(resultsOf(driver, job)).toEqual(readGolden(job))
  })

  it('writes each result once, none late, and closes every window', () => {
    const keys = driver.outputs.map(({ topic, key }) => `${topic} ${key}`)
    expect(new Set(keys).size).toBe(keys.length)
    expect(driver.outputs.filter(({ topic }) => topic === LATE_TOPIC)).toEqual([])
    expect([...driver.sources, ...driver.mergers].map(({ openWindows }) => openWindows)).toEqual(
      Array(2 * partitions).fill(0),
    )
  })
})

it('exercises every verdict and every anomaly', () => {
  const kinds = (job: string, field: string) => new Set(readGolden(job).map((result) => result[field]))
  expect(kinds('fraud_detection', 'verdict')).toEqual(new Set(FRAUD_VERDICTS))
  expect(kinds('anomaly_detection', 'anomaly_type')).toEqual(new Set(ANOMALY_TYPES))
})
