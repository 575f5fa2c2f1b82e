import { afterEach, expect, test, vi } from 'vitest'
import { Sampler } from './sampler.ts'
import { Shared } from './shared.ts'
import { type Snapshot } from './snapshot.ts'

/** Somebody sets the wall clock by so much; time goes on as before. */
function setClock(byMs: number): void {
  vi.useFakeTimers({ now: Date.now() + byMs, toFake: ['Date'] })
}

afterEach(() => void vi.useRealTimers())

test('an answer that is old is asked again, whatever the wall clock says', async () => {
  let asked = 0
  const shared = new Shared(async () => (asked += 1), 0)
  expect(await shared.get()).toBe(1)
  setClock(-3_600_000)
  expect(await shared.get()).toBe(2)
})

test('rates are of the last seconds when the wall clock was set back within them', async () => {
  const samples: Snapshot[] = []
  const sampler = new Sampler(async () => {
    // The first one is of the last second of an hour ahead.
    setClock(samples.length === 0 ? 3_600_000 : -3_600_000)
    const sample = { atMs: Date.now(), monotonicMs: samples.length * 2_000, own: [] } as unknown as Snapshot
    samples.push({ ...sample, own: [{ name: 'n', labels: {}, value: samples.length * 10 }] })
    vi.useRealTimers()
    return samples.at(-1)!
  })
  try {
    await sampler.recent()
    await expect.poll(() => samples.length, { timeout: 20_000 }).toBeGreaterThan(1)
    await expect.poll(async () => (await sampler.recent()).rates.ownRate('n'), { timeout: 20_000 }).toBe(5)
  } finally {
    await sampler.close()
  }
})
