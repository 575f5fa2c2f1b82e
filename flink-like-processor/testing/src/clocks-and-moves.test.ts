import { analyticsTopic, formatInstant, LATE_TOPIC, minutes, OLD_KEY_HEADER, seconds } from '@fintech-streams/contracts'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { BASE_TIME_MS, buildRow, id } from '@fintech-streams/testing'
import { describe, expect, it } from 'vitest'
import { CONTRACT_RULES_FILE } from './contract-rules.ts'
import { TopologyDriver } from './topology-driver.ts'

const jobs = builtInJobs(loadRules(CONTRACT_RULES_FILE))
const MOVED = new Map([[OLD_KEY_HEADER, Buffer.from('{}')]])

/** A window job's results whose windows hold a moment. */
const resultsAt = (driver: TopologyDriver, job: string, atMs: number) =>
  [...driver.results(analyticsTopic(job)).values()].filter((result) => {
    const { window_start: start, window_end: end } = result as { window_start: string; window_end: string }
    return start <= formatInstant(atMs) && formatInstant(atMs) < end
  })

describe('a customer that is merged into another', () => {
  const driver = new TopologyDriver(jobs)
  const row = buildRow({ transaction_id: id(7), customer_id: id(1), amount_usd: '100.00' })
  let merged = 2
  while (driver.partitionFor(id(merged)) === driver.partitionFor(row.customer_id)) merged += 1
  driver.pipe(row)
  driver.pipe({ ...row, __op: 'd', __deleted: 'true' })
  driver.pipe({ ...row, customer_id: id(merged), __source_ts_ms: BASE_TIME_MS + seconds(30) }, MOVED)
  // Partitions that never had a record say so each time, and are taken at their word the time after.
  for (const nowMs of [minutes(200), minutes(400), minutes(600)]) {
    driver.sources.forEach((_, partition) => driver.idle(partition, nowMs, 0))
  }

  it.each([
    ['dashboard_metrics', 'total_volume'],
    ['transaction_metrics', 'total_amount'],
    ['merchant_analysis', 'total_revenue'],
    ['geographic_analysis', 'total_amount'],
  ])('has its transaction once in %s', (job, amount) => {
    expect(resultsAt(driver, job, BASE_TIME_MS)).toMatchObject([{ transaction_count: 1, [amount]: '100.00' }])
  })

  it('has one verdict on it, one skipped record and nothing late', () => {
    const verdicts = driver.outputs.filter(({ topic }) => topic === analyticsTopic('fraud_detection'))
    expect(verdicts.map(({ value }) => (JSON.parse(value) as { customer_id: string }).customer_id)).toEqual([id(1)])
    const skipped = driver.sources.map((source) => source.takeCounts().skipped.get('moved') ?? 0)
    expect(skipped.reduce((sum, n) => sum + n)).toBe(1)
    expect(driver.outputs.filter(({ topic }) => topic === LATE_TOPIC)).toEqual([])
  })
})

describe.each([5, 29, 59, 60])('one sender whose clock is %i s ahead', (aheadS) => {
  it('makes nobody late in ten minutes of others', () => {
    const driver = new TopologyDriver(jobs, 1)
    for (let second = 0; second < 600; second += 1) {
      const nowMs = BASE_TIME_MS + seconds(second)
      const sent = (number: number, customer: number, atMs: number) =>
        driver.pipe(
          buildRow({
            transaction_id: id(number),
            customer_id: id(customer),
            created_at: formatInstant(atMs),
            __source_ts_ms: nowMs,
          }),
        )
      for (let n = 0; n < 3; n += 1) sent(second * 10 + n, 1_000 + ((second + n) % 50), nowMs)
      if (second % 5 === 0) sent(100_000 + second, 9, nowMs + seconds(aheadS))
    }
    expect(driver.outputs.filter(({ topic }) => topic === LATE_TOPIC)).toEqual([])
  })
})

it('minutes are counted exactly for a record as far behind as the horizon lets one be', () => {
  // A minute ahead of its commit, the customer's own clock is a minute further than the horizon knows.
  const driver = new TopologyDriver(jobs, 1)
  const ahead = BASE_TIME_MS + seconds(60)
  const oldest = BASE_TIME_MS - minutes(15)
  let number = 0
  const sent = (atMs: number, committedMs: number) => {
    number += 1
    const at = { created_at: formatInstant(atMs), __source_ts_ms: committedMs }
    driver.pipe(buildRow({ transaction_id: id(number), ...at }))
  }
  // A quiet hour with its oldest minute full, then a burst in the minute that is the last of that hour.
  sent(oldest - minutes(120), oldest - minutes(120))
  for (let n = 0; n < 40; n += 1) sent(oldest - minutes(59), oldest - minutes(59))
  sent(ahead, BASE_TIME_MS)
  for (let n = 0; n < 12; n += 1) sent(oldest, BASE_TIME_MS)
  const last = driver.results(analyticsTopic('fraud_detection')).get(JSON.stringify({ transaction_id: id(number) }))
  // 12 in five minutes, 52 in the hour: the limit is 4 · 52 / 12 = 17.3. With the oldest minute forgotten it would be 10.
  expect(last).toMatchObject({ verdict: 'NORMAL' })
})
