import { analyticsTopic, formatInstant, minutes, processorTopics } from '@fintech-streams/contracts'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { type Job } from '@fintech-streams/engine'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { TopologyDriver } from './topology-driver.ts'
import { BASE_TIME_MS, buildRow, id } from '@fintech-streams/testing'

/** The job of the README, as a newcomer would paste it into a file beside the others. */
async function jobOfTheReadme(): Promise<Job> {
  const readme = readFileSync(new URL('../../jobs/README.md', import.meta.url), 'utf8')
  const code = /```ts\n([^]*?)```/.exec(readme)![1]!
  const file = new URL(`../../jobs/src/example-${process.pid}.ts`, import.meta.url)
  writeFileSync(file, code)
  onTestFinished(() => rmSync(file))
  const { merchantVolume } = (await import(file.pathname)) as { merchantVolume: Job }
  return merchantVolume
}

it('is one file and one line: topic, results and key follow from it', async () => {
  const jobs = [...builtInJobs(loadRules()), await jobOfTheReadme()]
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
