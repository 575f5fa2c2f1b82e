import { expect, test } from 'vitest'
import { latencyPeriod, ratePeriod } from './periods.ts'

const latency = { p50_seconds: 0.2, p99_seconds: 0.9 }
const figures = (rate: number | null, has: boolean) => ({
  latency: has ? latency : null,
  stages: [{ records_per_second: rate }],
})

test.each([
  [null, false, 'no worker has answered twice yet', 'no worker has answered twice yet'],
  [0, false, 'over the last ten seconds', 'no transaction in the last minute'],
  [4.2, true, 'over the last ten seconds', 'over the last minute'],
])('with the rate %s and latency %s, each figure says what it covers or why it is not there', (rate, has, ...said) => {
  expect([ratePeriod(figures(rate, has)), latencyPeriod(figures(rate, has))]).toEqual(said)
})
