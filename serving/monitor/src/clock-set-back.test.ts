import { afterEach, expect, test, vi } from 'vitest'
import { Sampler } from './sampler.ts'
import { type Snapshot } from './snapshot.ts'
import { TtlCache } from './ttl-cache.ts'

const HOUR_MS = 3_600_000

afterEach(() => void vi.useRealTimers())

test('a value that is old is loaded again, whatever the wall clock says', async () => {
  let loaded = 0
  const cache = new TtlCache(async () => (loaded += 1), 0)
  expect(await cache.get()).toBe(1)
  vi.useFakeTimers({ now: Date.now() - HOUR_MS, toFake: ['Date'] })
  expect(await cache.get()).toBe(2)
})

test('rates are of the last seconds when the wall clock is set back within them', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  let counted = 0
  const sampler = new Sampler(async () => {
    counted += 50
    const own = [{ name: 'n', labels: {}, value: counted }]
    return { atMs: Date.now(), monotonicMs: performance.now(), own } as unknown as Snapshot
  })
  await sampler.look()
  vi.setSystemTime(Date.now() - HOUR_MS)
  vi.advanceTimersByTime(10_000)
  expect((await sampler.recent()).rates.ownRate('n')).toBe(5)
})
