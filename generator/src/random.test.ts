import { describe, expect, it } from 'vitest'
import { choiceOf, Random, WeightedChoice } from './random.ts'

const DRAWS = 100_000

describe('Random', () => {
  it('gives the same numbers for the same labels, and others for others', () => {
    const draw = (...labels: (string | number)[]): number[] => {
      const random = new Random(...labels)
      return Array.from({ length: 20 }, () => random.bits())
    }
    expect(draw(1, 'a')).toEqual(draw(1, 'a'))
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'))
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'))
    expect(draw('1a')).not.toEqual(draw('1', 'a'))
  })

  it('is uniform: every one of 256 buckets gets its share (chi-square, 255 degrees of freedom, p > 0.001)', () => {
    const random = new Random('uniform')
    const buckets = new Array<number>(256).fill(0)
    for (let n = 0; n < DRAWS; n += 1) {
      const bucket = Math.floor(random.unit() * 256)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    const expected = DRAWS / 256
    expect(buckets.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)).toBeLessThan(330.5)
  })

  it('draws a normal distribution', () => {
    const random = new Random('gauss')
    const drawn = Array.from({ length: DRAWS }, () => random.gauss(20, 10))
    const mean = drawn.reduce((sum, value) => sum + value, 0) / DRAWS
    const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS)
    expect(mean).toBeCloseTo(20, 0)
    expect(deviation).toBeCloseTo(10, 0)
    expect(drawn.filter((value) => Math.abs(value - 20) > 20).length / DRAWS).toBeCloseTo(0.0455, 2)
  })

  it('includes both ends of a range of whole numbers', () => {
    const random = new Random('int')
    expect(new Set(Array.from({ length: 1_000 }, () => random.int(3, 6)))).toEqual(new Set([3, 4, 5, 6]))
  })

  it('samples different items, at most as many as there are', () => {
    const random = new Random('sample')
    expect(random.sample([1, 2, 3], 5).sort()).toEqual([1, 2, 3])
    expect(new Set(random.sample([1, 2, 3, 4, 5], 3)).size).toBe(3)
    expect(() => random.pick([])).toThrow(RangeError)
  })

  it('writes UUIDs of version 4, and of version 7 with the time in front', () => {
    const random = new Random('uuid')
    const pattern = (version: number): RegExp =>
      new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
    const atMs = Date.parse('2026-11-20T13:31:00.123Z')
    const timed = Array.from({ length: 1_000 }, () => random.timedUuid(atMs))
    for (const id of timed) expect(id).toMatch(pattern(7))
    expect(timed.every((id) => parseInt(id.replace('-', '').slice(0, 12), 16) === atMs)).toBe(true)
    const free = Array.from({ length: 1_000 }, () => random.uuid())
    for (const id of free) expect(id).toMatch(pattern(4))
    expect(new Set([...timed, ...free]).size).toBe(2_000)
    expect(random.timedUuid(atMs + 1) > random.timedUuid(atMs)).toBe(true)
  })
})

describe('WeightedChoice', () => {
  it('chooses in proportion to the weights', () => {
    const random = new Random('alias')
    const weights = { a: 1, b: 2, c: 3, d: 4, rare: 0.01 }
    const choice = choiceOf(weights)
    const seen: Record<string, number> = {}
    for (let n = 0; n < DRAWS; n += 1) {
      const chosen = choice.pick(random)
      seen[chosen] = (seen[chosen] ?? 0) + 1
    }
    for (const [item, weight] of Object.entries(weights)) {
      const expected = (DRAWS * weight) / 10.01
      expect(Math.abs((seen[item] ?? 0) - expected)).toBeLessThan(4 * Math.sqrt(expected) + 1)
    }
  })

  it('refuses to choose from nothing, or by a weight that is none', () => {
    expect(() => new WeightedChoice([])).toThrow(RangeError)
    expect(() => new WeightedChoice([['a', 0]])).toThrow(RangeError)
    expect(() => new WeightedChoice([['a', NaN]])).toThrow(RangeError)
  })
})
