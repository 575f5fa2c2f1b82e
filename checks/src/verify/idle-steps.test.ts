import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { IdleSteps } from './idle-steps.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'idle-steps-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const entry = (partition: number, offset: number, key: string, value: unknown) => ({
  partition,
  offset,
  timestampMs: 1_000 + offset,
  key: Buffer.from(key),
  value: Buffer.from(JSON.stringify(value)),
})

it('a step is taken from the first entry that tells of it, and survives a file', () => {
  const steps = new IdleSteps()
  steps.take(entry(1, 5, 'idle', [[40, 7_000]]))
  steps.take(
    entry(1, 6, 'idle', [
      [40, 7_000],
      [41, 8_000],
    ]),
  )
  steps.take(entry(1, 7, 'customer', [[99, 9_000]]))
  steps.take({ ...entry(0, 8, 'idle', []), value: null })
  const expected = [
    { offset: 40, watermarkMs: 7_000, takenAtMs: 1_005 },
    { offset: 41, watermarkMs: 8_000, takenAtMs: 1_006 },
  ]
  expect(steps.of(1)).toEqual(expected)
  expect(steps.of(0)).toEqual([])

  const file = join(folder, 'steps.json')
  steps.save(file)
  const again = new IdleSteps()
  again.load(file)
  expect(again.of(1)).toEqual(expected)
})

it('a file that is none of its own is one line', () => {
  const file = join(folder, 'broken.json')
  writeFileSync(file, '{')
  expect(() => new IdleSteps().load(file)).toThrow(/^cannot read idle steps from .*broken\.json/)
})
