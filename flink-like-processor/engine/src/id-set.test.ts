import fc from 'fast-check'
import { expect, it } from 'vitest'
import { IdSet } from './id-set.ts'

const nobody = (): void => undefined
const uuid = fc.uuid().map((text) => text.toLowerCase())

it('remembers an id until its event time is behind the horizon', () => {
  const ids = new IdSet(nobody)
  const id = '0a1b2c3d-0000-4000-8000-000000000001'
  expect(ids.add(id, 1_000, 0)).toBe(false)
  expect(ids.add(id, 1_000, 1_000)).toBe(true)
  expect(ids.add(id, 5_000, 1_001)).toBe(false)
})

it('tells ids apart that differ in one digit anywhere', () => {
  const ids = new IdSet(nobody)
  const base = '00000000-0000-4000-8000-000000000000'
  ids.add(base, 1, 0)
  for (const at of [0, 7, 9, 14, 20, 24, 35]) {
    const other = `${base.slice(0, at)}f${base.slice(at + 1)}`
    expect(ids.add(other, 1, 0)).toBe(false)
    expect(ids.add(other, 1, 0)).toBe(true)
  }
})

it('behaves like a map from id to largest event time, through growth and expiry', () => {
  const operations = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 2_000 })), {
    minLength: 1_000,
    maxLength: 3_000,
  })
  fc.assert(
    fc.property(fc.array(uuid, { minLength: 401, maxLength: 401 }), operations, (known, steps) => {
      const ids = new IdSet(nobody, 16)
      const model = new Map<string, number>()
      let horizonMs = -Infinity
      for (const [which, forwardMs] of steps) {
        const id = known[which]!
        const timeMs = Math.max(0, horizonMs) + forwardMs
        const expected = (model.get(id) ?? -Infinity) >= horizonMs && model.has(id)
        expect(ids.add(id, timeMs, horizonMs)).toBe(expected)
        model.set(id, expected ? Math.max(model.get(id)!, timeMs) : timeMs)
        if (forwardMs > 1_990) horizonMs = timeMs - 1_000
      }
    }),
    { numRuns: 20 },
  )
})

it('is bounded by what is within the horizon', () => {
  const ids = new IdSet(nobody, 16)
  for (let n = 0; n < 200_000; n += 1) {
    ids.add(`00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`, n, n - 1_000)
  }
  expect(ids.size).toBeLessThan(5_000)
})
