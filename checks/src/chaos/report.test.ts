import { expect, it } from 'vitest'
import { median, recoveryLines, recoveryTable } from './report.ts'

const fault = (kind: string, recoveryMs: number) => ({ kind, atMs: 0, recoveryMs, helped: [] })

it('recovery is told by kind: how often, the median and the longest', () => {
  const rows = recoveryTable([fault('sink', 3_000), fault('broker', 9_000), fault('sink', 1_000), fault('sink', 8_000)])
  expect(rows).toEqual([
    { kind: 'broker', count: 1, medianMs: 9_000, maxMs: 9_000 },
    { kind: 'sink', count: 3, medianMs: 3_000, maxMs: 8_000 },
  ])
  expect(recoveryLines(rows)[2]).toMatch(/^sink +3 +3\.0 +8\.0$/)
})

it.each([
  [[], 0],
  [[4], 4],
  [[9, 1], 5],
  [[9, 1, 2], 2],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})
