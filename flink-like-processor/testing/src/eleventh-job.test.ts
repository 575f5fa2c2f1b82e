import { analyticsTopic, formatInstant, minutes, processorTopics } from '@fintech-streams/contracts'
import { builtInJobs, loadRules, type TransactionsJob } from '@fintech-streams/jobs'
import { BASE_TIME_MS, buildRow, id } from '@fintech-streams/testing'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { CONTRACT_RULES_FILE } from './contract-rules.ts'
import { TopologyDriver } from './topology-driver.ts'

/** The job of the README, as a newcomer would paste it into a file beside the others. */
async function jobOfTheReadme(): Promise<TransactionsJob> {
  const readme = readFileSync(new URL('../../jobs/README.md', import.meta.url), 'utf8')
  const code = /```ts\n([^]*?)```/.exec(readme)![1]!
  const folder = mkdtempSync(join(tmpdir(), 'fintech-job-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const neighbour of ['window-job.ts']) {
    symlinkSync(new URL(`../../jobs/src/${neighbour}`, import.meta.url), join(folder, neighbour))
  }
  symlinkSync(new URL('../../../node_modules', import.meta.url), join(folder, 'node_modules'))
  const file = join(folder, 'merchant-volume.ts')
  writeFileSync(file, code)
  const { merchantVolume } = (await import(file)) as { merchantVolume: TransactionsJob }
  return merchantVolume
}

it('is one file and one line: topic, results and key follow from it', async () => {
  const jobs = [...builtInJobs(loadRules(CONTRACT_RULES_FILE)), await jobOfTheReadme()]
  expect(processorTopics(jobs.map((job) => job.id)).map(({ name }) => name)).toContain(
    analyticsTopic('merchant_volume'),
  )

  const driver = new TopologyDriver(jobs)
  const row = (n: number, status: 'COMPLETED' | 'FAILED', amount: string, atMs = BASE_TIME_MS) =>
    driver.pipe(
      buildRow({
        transaction_id: id(n),
        customer_id: id(100 + n),
        status,
        amount_usd: amount,
        created_at: formatInstant(atMs),
      }),
    )
  row(1, 'COMPLETED', '10.50')
  row(2, 'COMPLETED', '4.50')
  row(3, 'FAILED', '99.00')
  for (let n = 10; n < 50; n += 1) row(n, 'COMPLETED', '1.00', BASE_TIME_MS + minutes(30))

  const windowStart = '2026-11-20T13:30:00.000Z'
  const results = driver.results(analyticsTopic('merchant_volume'))
  expect(results.get(JSON.stringify({ merchant_id: id(300), window_start: windowStart }))).toEqual({
    merchant_id: id(300),
    window_start: windowStart,
    window_end: '2026-11-20T13:40:00.000Z',
    transaction_count: 3,
    total_revenue: '15.00',
  })
})
