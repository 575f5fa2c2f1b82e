import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Sampler } from './sampler.ts'
import { type Snapshot } from './snapshot.ts'

const MINUTE_MS = 60_000

let taken: number
let sampler: Sampler
beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ['Date', 'performance'] })
  taken = 0
  sampler = new Sampler(async () => {
    taken += 1
    return { atMs: Date.now(), monotonicMs: performance.now() } as Snapshot
  })
})
afterEach(() => vi.useRealTimers())

/** As the sampler looks every two seconds. */
async function pass(ms: number): Promise<void> {
  for (const endMs = Date.now() + ms; Date.now() < endMs;) {
    await sampler.look()
    vi.advanceTimersByTime(2_000)
  }
}

/** How far back the newest sample is compared, in seconds; undefined where it is with nothing. */
async function spans(): Promise<(number | undefined)[]> {
  const { rates, distributions } = await sampler.recent()
  return [rates, distributions].map(({ now, before }) => before && (now.monotonicMs - before.monotonicMs) / 1_000)
}

test('the first one who asks has the rates of ten seconds, and the distributions of a minute', async () => {
  await pass(10 * MINUTE_MS)
  const [rates, distributions] = await spans()
  expect(rates).toBeGreaterThanOrEqual(10)
  expect(rates).toBeLessThanOrEqual(20)
  expect(distributions).toBeGreaterThanOrEqual(60)
  expect(distributions).toBeLessThanOrEqual(70)
})

test('samples are taken more often while somebody asks, and less when nobody does any more', async () => {
  await pass(MINUTE_MS)
  const unasked = taken
  for (let n = 0; n < 30; n += 1) {
    await spans()
    await pass(2_000)
  }
  const asked = taken - unasked
  expect(asked).toBeGreaterThan(4 * unasked)
  expect((await spans())[0]).toBe(10)
  await pass(MINUTE_MS)
  const before = taken
  await pass(MINUTE_MS)
  expect(taken - before).toBeLessThanOrEqual(unasked)
})

test('just after the start rates are those since then, and before a second sample there are none', async () => {
  expect(await spans()).toEqual([undefined, undefined])
  vi.advanceTimersByTime(5_000)
  expect(await spans()).toEqual([5, 5])
})

test('nothing is compared with a sample from before the process stood still for an hour', async () => {
  await spans()
  vi.advanceTimersByTime(60 * MINUTE_MS)
  expect(await spans()).toEqual([undefined, undefined])
})

test('those who ask at the same time share a sample', async () => {
  await Promise.all([spans(), spans(), spans()])
  expect(taken).toBe(1)
})
