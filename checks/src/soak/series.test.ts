import { describe, expect, it } from 'vitest'
import { judge, theilSen, type Series } from './series.ts'

const SECONDS = Array.from({ length: 60 }, (_, n) => n * 10)
const series = (values: number[], expected: Series['expected'] = 'level'): Series => ({
  name: 'memory',
  unit: 'MB',
  expected,
  bound: 'its heap',
  values,
})
const saw = (n: number): number => (n % 7) * 6

describe('a series', () => {
  it('that climbs and then stays is level, with the sawtooth of a garbage collector', () => {
    const values = SECONDS.map((_, n) => Math.min(n * 20, 500) + saw(n))
    expect(judge(series(values), SECONDS)).toMatchObject({ verdict: 'level', first: 0, max: 536 })
  })

  it('that goes on climbing under the same sawtooth grows', () => {
    const verdict = judge(series(SECONDS.map((_, n) => 300 + n * 4 + saw(n))), SECONDS)
    expect(verdict.verdict).toBe('grows')
    expect(verdict.slopePerHour).toBeGreaterThan(1_000)
  })

  it('that is a long saw is level, also where half the run sees a rising part', () => {
    const values = SECONDS.map((_, n) => 200 + ((n + 10) % 40) * 10)
    const verdict = judge(series(values), SECONDS)
    expect(verdict).toMatchObject({ verdict: 'level', max: 590 })
    expect(verdict.growth).toBeGreaterThan(0.1)
  })

  it('that is a long saw with higher and higher teeth grows', () => {
    const values = SECONDS.map((_, n) => 200 + ((n + 10) % 20) * 10 + n * 5)
    expect(judge(series(values), SECONDS).verdict).toBe('grows')
  })

  it('that falls back to nothing is judged by its bottoms, however high its teeth', () => {
    const teeth = [0, 40, 10, 90, 20, 60]
    const higher = SECONDS.map((_, n) => 2 + teeth[n % 6]! * (1 + n / 10))
    const judged = judge({ ...series(higher), toothSamples: 6 }, SECONDS)
    expect(judged).toMatchObject({ verdict: 'level', slopePerHour: 0, first: 2, max: Math.max(...higher) })
    const kept = SECONDS.map((_, n) => 2 + teeth[n % 6]! + 2 * n)
    expect(judge({ ...series(kept), toothSamples: 6 }, SECONDS).verdict).toBe('grows')
  })

  it('of little size is not said to grow for a little', () => {
    expect(judge(series(SECONDS.map((_, n) => 1 + n / 10)), SECONDS).verdict).toBe('level')
  })

  it('that waits for its retention is told apart from both', () => {
    expect(
      judge(
        series(
          SECONDS.map((_, n) => n * 100),
          'retention',
        ),
        SECONDS,
      ).verdict,
    ).toBe('by retention')
  })

  it('is judged without the samples that are missing', () => {
    const values = SECONDS.map((_, n) => (n % 5 === 0 ? null : 400))
    expect(judge({ ...series([]), values }, SECONDS)).toMatchObject({ verdict: 'level', slopePerHour: 0, last: 400 })
  })
})

it('the slope is not moved by outliers', () => {
  const points = SECONDS.map((s, n) => ({ s, value: n % 6 === 0 ? 1e9 : 2 * s }))
  expect(theilSen(points)).toBeCloseTo(2, 1)
})
