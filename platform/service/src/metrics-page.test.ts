import { Counter, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { histogram, parseMetrics, quantile, total } from './metrics-page.ts'

async function pageOf(fill: (registry: Registry) => void): Promise<string> {
  const registry = new Registry()
  fill(registry)
  return registry.metrics()
}

const latencies = (values: readonly number[]): Promise<string> =>
  pageOf((registry) => {
    const made = new Histogram({ name: 'lag_seconds', help: 'lag', buckets: [0.1, 0.2, 0.4], registers: [registry] })
    for (const value of values) made.observe(value)
  })

describe('a page of metrics', () => {
  it('is read with its labels, whatever stands in them', async () => {
    const page = await pageOf((registry) => {
      const made = new Counter({ name: 'late_total', help: 'late', labelNames: ['job', 'why'], registers: [registry] })
      made.inc({ job: '*', why: 'a "b" {c}' }, 3)
      made.inc({ job: 'x', why: '' }, 4)
    })
    const samples = parseMetrics(page)
    expect(total(samples, 'late_total')).toBe(7)
    expect(total(samples, 'late_total', { job: '*' })).toBe(3)
    expect(total(samples, 'no_such_metric')).toBe(0)
  })
})

describe('a quantile', () => {
  it('is interpolated inside its bucket', async () => {
    // 10 below 0.1, 10 from there to 0.2: the 15th of 20 is half way through the second bucket.
    const samples = parseMetrics(await latencies([...Array<number>(10).fill(0.05), ...Array<number>(10).fill(0.15)]))
    const found = histogram(samples, 'lag_seconds')
    expect(quantile(found, 0.75)).toBeCloseTo(0.15, 10)
    expect(quantile(found, 0.5)).toBeCloseTo(0.1, 10)
  })

  it('above every bound is the largest bound', async () => {
    expect(quantile(histogram(parseMetrics(await latencies([9, 9])), 'lag_seconds'), 0.99)).toBe(0.4)
  })

  it('of nothing is undefined', async () => {
    expect(quantile(histogram(parseMetrics(await latencies([])), 'lag_seconds'), 0.5)).toBeUndefined()
    expect(quantile([], 0.5)).toBeUndefined()
  })

  it('leaves out what was observed before, and starts anew with a processor that did', async () => {
    const before = parseMetrics(await latencies([0.3, 0.3, 0.3]))
    const after = parseMetrics(await latencies([0.3, 0.3, 0.3, 0.05]))
    expect(quantile(histogram(after, 'lag_seconds', before), 0.99)).toBeLessThanOrEqual(0.1)
    const restarted = parseMetrics(await latencies([0.05]))
    expect(histogram(restarted, 'lag_seconds', before).at(-1)).toEqual([Infinity, 1])
  })

  it('adds the histograms of several processors', async () => {
    const two = [...parseMetrics(await latencies([0.05])), ...parseMetrics(await latencies([0.3]))]
    expect(histogram(two, 'lag_seconds')).toEqual([
      [0.1, 1],
      [0.2, 1],
      [0.4, 2],
      [Infinity, 2],
    ])
  })
})
