import { expect, test } from 'vitest'
import { RollingSums } from './rolling-sums.ts'
import { riskScore } from './score.ts'

/** The sketch that the score started from, in its own words: a queue per user, pruned when something is added. */
class SeedSketch {
  readonly #transactions = new Map<string, { timestampMs: number; amount: number }[]>()
  readonly #sums = new Map<string, number>()

  add(userId: string, amount: number, timestampMs: number): void {
    const queue = this.#transactions.get(userId) ?? []
    this.#transactions.set(userId, queue)
    queue.push({ timestampMs, amount })
    let sum = (this.#sums.get(userId) ?? 0) + amount
    while (queue.length > 0 && timestampMs - queue[0]!.timestampMs > 60_000) sum -= queue.shift()!.amount
    this.#sums.set(userId, sum)
  }

  score(userId: string): number {
    const count = this.#transactions.get(userId)?.length ?? 0
    return count === 0 ? 0 : this.#sums.get(userId)! / count
  }
}

const START_MS = Date.UTC(2026, 10, 20)
const ids = new Int32Array(8)
let transactions = 0

function add(sums: RollingSums, amountMinor: number, timeMs: number, nowMs = timeMs): void {
  ids[7] = transactions
  transactions += 1
  sums.add(ids, 0, amountMinor, timeMs, nowMs)
}

function score(sums: RollingSums, nowMs: number): number {
  const { sumMinor, count } = sums.read(ids, 0, nowMs)
  return riskScore(sumMinor, count)
}

test('a user who pays once and never again: the sketch scores it for ever, since reading does not prune', () => {
  const sketch = new SeedSketch()
  const sums = new RollingSums()
  sketch.add('a', 900, START_MS)
  add(sums, 90_000, START_MS)
  const hourLaterMs = START_MS + 3_600_000
  expect(sketch.score('a')).toBe(900)
  expect(score(sums, hourLaterMs)).toBe(0)
})

test('a late arrival: the sketch keeps it behind a newer one, for longer than a minute', () => {
  const sketch = new SeedSketch()
  const sums = new RollingSums()
  for (const [amount, timeMs, nowMs] of [
    [100, 30_000, 30_000],
    [700, 1_000, 31_000],
    [100, 62_000, 62_000],
  ] as const) {
    sketch.add('a', amount, START_MS + timeMs)
    add(sums, amount * 100, START_MS + timeMs, START_MS + nowMs)
  }
  expect(sketch.score('a')).toBe(300)
  expect(score(sums, START_MS + 62_000)).toBe(100)
})

test('sums of cents as floats drift; whole cents do not', () => {
  const sketch = new SeedSketch()
  const sums = new RollingSums()
  for (let n = 0; n < 3; n += 1) {
    sketch.add('a', 0.1, START_MS + n)
    add(sums, 10, START_MS + n)
  }
  expect(sketch.score('a') * 3).not.toBe(0.3)
  expect(sums.read(ids, 0, START_MS + 3)).toEqual({ sumMinor: 30, count: 3 })
})
