import { expect, test } from 'vitest'
import { RollingSums, WINDOW_MS } from './rolling-sums.ts'

const START_MS = Date.UTC(2026, 10, 20)
const CROWD = 150_000
const REGULARS = 2_000
const ids = new Int32Array(8)
let nextId = 0

function add(sums: RollingSums, user: number, amountMinor: number, nowMs: number): void {
  ids[1] = user
  ids[5] = nextId
  nextId += 1
  if (sums.add(ids, 0, amountMinor, nowMs, nowMs) !== 'counted') expect.fail('not counted')
}

function read(sums: RollingSums, user: number, nowMs: number): { sumMinor: number; count: number } {
  ids[1] = user
  const { sumMinor, count } = sums.read(ids, 0, nowMs)
  return { sumMinor: Number(sumMinor), count }
}

/** Every regular has an event each 20 s, and is spread among the crowd. */
function regularsFor(sums: RollingSums, fromMs: number, rounds: number): number {
  let nowMs = fromMs
  for (let round = 0; round < rounds; round += 1) {
    for (let n = 0; n < REGULARS; n += 1) {
      nowMs += 10
      add(sums, n * (CROWD / REGULARS), 100 + n, nowMs)
    }
  }
  return nowMs
}

test('when a crowd is gone its memory is given back, though some users of it stay', () => {
  const sums = new RollingSums({ hashSeed: 7 })
  for (let user = 0; user < CROWD; user += 1) add(sums, user, 1, START_MS + Math.floor(user / 10))
  const crowdBytes = sums.bytes
  // Until no event refers to where its user was when the crowd was there.
  const nowMs = regularsFor(sums, START_MS + 15_000, 12)
  expect(sums.size).toEqual({ users: REGULARS, events: WINDOW_MS / 10 + 1 })
  for (let n = 0; n < REGULARS; n += 1) {
    expect(read(sums, n * (CROWD / REGULARS), nowMs)).toEqual(
      n === REGULARS - 1 ? { sumMinor: 4 * (100 + n), count: 4 } : { sumMinor: 3 * (100 + n), count: 3 },
    )
  }
  // The wheel's slots are half a megabyte of it, and spare pages are kept.
  expect(sums.bytes).toBeLessThan(crowdBytes / 2)
  sums.advance(nowMs + 2 * WINDOW_MS)
  expect(sums.size).toEqual({ users: 0, events: 0 })
})

test('memory does not grow with the users ever seen', () => {
  const sums = new RollingSums({ hashSeed: 7 })
  let nowMs = START_MS
  let user = 0
  const minute = (): number => {
    for (let n = 0; n < 40_000; n += 1) {
      nowMs += n % 2 === 0 ? 3 : 0
      add(sums, (user += 1), 5, nowMs)
    }
    return sums.bytes
  }
  minute()
  const bytes = minute()
  for (let more = 0; more < 8; more += 1) expect(minute()).toBeLessThanOrEqual(bytes * 1.25)
})
