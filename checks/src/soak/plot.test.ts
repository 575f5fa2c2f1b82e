import { expect, it } from 'vitest'
import { plot } from './plot.ts'
import { type Series } from './series.ts'

const series = (name: string, values: (number | null)[]): Series => ({
  name,
  unit: 'MB',
  expected: 'level',
  bound: 'its heap',
  values,
})

it('a plot is an SVG with a line for each series, and a panel for each kind of them', async () => {
  const measured = [
    series('memory of kafka', [1, 2, 3]),
    series('memory of sink', [3, null, 1]),
    series('topics: results', [5, 5, 5]),
  ]
  const svg = await plot(measured, [0, 10, 20])
  expect(svg).toMatch(/^<svg /)
  expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(3)
  expect(svg.match(/>minutes of load</g)).toHaveLength(2)
  for (const { name } of measured) expect(svg).toContain(`>${name}<`)
})
