import { minutes, seconds } from '@fintech-streams/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import { RatePlan } from './model/hours.ts'
import { type Batch, TransactionStream } from './model/stream.ts'
import { type World } from './model/world.ts'
import { type Clock, GROUP_MAX, LAG_MAX_MS, produce, type Progress } from './produce.ts'
import { populationOf, START_MS, testWorld } from './testing/world.ts'

let world: World
beforeAll(async () => {
  world = await testWorld(20)
})

/** A clock that moves only by sleeping and by writing. */
class SimulatedClock implements Clock {
  nowMs = START_MS
  now = (): number => this.nowMs
  sleep = async (ms: number): Promise<void> => {
    this.nowMs += ms
  }
}

interface Setup {
  perSecond?: number
  backfillMs?: number
  durationMs?: number
  count?: number
  isReproducible?: boolean
  /** What a batch costs. */
  writeMs?: (batch: Batch) => number
  signal?: AbortSignal
}

async function simulate(setup: Setup) {
  const clock = new SimulatedClock()
  const written: { batch: Batch; committedMs: number; phase: Progress['phase'] | undefined }[] = []
  let followed: Progress['phase'] | undefined
  const phases: Progress['phase'][] = []
  const { perSecond = 10, backfillMs = 0, isReproducible = false } = setup
  if (isReproducible) clock.nowMs += minutes(30)
  const plan =
    perSecond === 0 ? undefined : new RatePlan({ perSecond, flat: true, seed: 1, startMs: START_MS - backfillMs })
  const progress = await produce({
    stream: new TransactionStream({ seed: 1, startMs: START_MS, population: populationOf(world), fraudShare: 0.01 }),
    plan,
    clock,
    write: async (batch) => {
      clock.nowMs += setup.writeMs?.(batch) ?? 2
      written.push({ batch, committedMs: clock.nowMs, phase: followed })
    },
    follow: async (phase) => void (followed = phase),
    signal: setup.signal ?? new AbortController().signal,
    isReproducible,
    durationMs: setup.durationMs,
    startMs: START_MS,
    count: setup.count ?? Infinity,
    observe: ({ phase }) => phases.push(phase),
  })
  const changes = written.flatMap(({ batch }) => batch.changes)
  const times = changes.map(({ transaction }) => transaction.createdAtMs)
  return { progress, written, changes, times, phases, clock }
}

describe('produce', () => {
  it('holds the rate over a minute, each row written within moments of its own time', async () => {
    const { progress, written, times } = await simulate({ perSecond: 50, durationMs: minutes(1) })
    expect(Math.abs(progress.written - 3_000)).toBeLessThanOrEqual(1)
    expect(progress.skipped).toBe(0)
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    for (const { batch, committedMs } of written) {
      for (const { transaction } of batch.changes) {
        expect(transaction.createdAtMs).toBeLessThanOrEqual(committedMs)
        expect(committedMs - transaction.createdAtMs).toBeLessThan(20)
      }
    }
  })

  it('groups what is due while the last group is written', async () => {
    const { progress, written } = await simulate({ perSecond: 1_000, durationMs: seconds(10), writeMs: () => 20 })
    expect(Math.abs(progress.written - 10_000)).toBeLessThanOrEqual(1)
    const sizes = written.map(({ batch }) => batch.changes.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(GROUP_MAX)
    expect(progress.written / sizes.length).toBeGreaterThan(15)
  })

  it('writes history in order and goes on live without a gap', async () => {
    const { progress, written, times, phases, clock } = await simulate({
      perSecond: 10,
      backfillMs: minutes(10),
      durationMs: seconds(30),
      writeMs: ({ changes }) => 2 + changes.length / 10,
    })
    expect(phases).toContain('history')
    // Whoever follows knows it before the batch: from the first live one on, rows are of now.
    const wentLive = written.findIndex(({ phase }) => phase === 'live')
    expect(wentLive).toBeGreaterThan(0)
    for (const [n, { batch, committedMs, phase }] of written.entries()) {
      expect(phase).toBe(n < wentLive ? 'history' : 'live')
      const oldest = batch.changes[0]?.transaction.createdAtMs ?? committedMs
      if (phase === 'live') expect(committedMs - oldest).toBeLessThan(300)
    }
    expect(progress.phase).toBe('live')
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    expect(times[0]).toBeLessThan(START_MS - minutes(10) + 1_000)
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0))
    expect(Math.max(...gaps)).toBeLessThan(300)
    expect(progress.lastEventMs).toBeGreaterThan(clock.nowMs - 300)
    expect(Math.abs(progress.written - (clock.nowMs - START_MS + minutes(10)) / 100)).toBeLessThan(5)
  })

  it('gives up what it cannot keep up with, and says how much', async () => {
    const slow = { perSecond: 100, durationMs: minutes(1), writeMs: ({ changes }: Batch) => changes.length * 20 }
    const { progress, written } = await simulate(slow)
    expect(progress.written + progress.skipped).toBeGreaterThanOrEqual(5_999)
    expect(progress.written).toBeLessThan(3_600)
    expect(progress.skipped).toBeGreaterThan(2_000)
    for (const { batch, committedMs } of written) {
      expect(committedMs - (batch.changes[0]?.transaction.createdAtMs ?? committedMs)).toBeLessThan(LAG_MAX_MS * 5)
    }
  })

  it('makes an outage a gap, not a burst with old times', async () => {
    let batches = 0
    const { progress, times, written } = await simulate({
      perSecond: 10,
      durationMs: minutes(5),
      writeMs: () => {
        batches += 1
        return batches === 100 ? minutes(2) : 2
      },
    })
    expect(progress.skipped).toBeGreaterThan(1_100)
    expect(Math.max(...written.map(({ batch }) => batch.changes.length))).toBeLessThanOrEqual(51)
    expect(times).toEqual(times.toSorted((one, other) => one - other))
  })

  it('writes the same rows for the same plan, whatever the database costs', async () => {
    const setup = { perSecond: 20, isReproducible: true, durationMs: minutes(2), backfillMs: minutes(1) }
    const fast = await simulate({ ...setup, writeMs: () => 1 })
    const slow = await simulate({ ...setup, writeMs: ({ changes }) => changes.length * 100 })
    expect(fast.changes).toHaveLength(3_600)
    expect(slow.changes).toEqual(fast.changes)
    expect(fast.times.every((time) => time >= START_MS - minutes(1) && time < START_MS + minutes(2))).toBe(true)
  })

  it('writes full groups as fast as it can without a rate, with the time at which each row is made', async () => {
    const { progress, written } = await simulate({ perSecond: 0, count: 3_500 })
    expect(progress.written).toBe(3_500)
    const sizes = written.map(({ batch }) => batch.changes.length).filter((size) => size > 0)
    expect(sizes).toEqual([1_000, 1_000, 1_000, 500])
    for (const { batch, committedMs } of written) {
      expect(batch.changes.every(({ transaction }) => transaction.createdAtMs <= committedMs)).toBe(true)
    }
  })

  it('stops at its signal after the batch under way, and ends the open sessions', async () => {
    const controller = new AbortController()
    let batches = 0
    const { progress, written } = await simulate({
      signal: controller.signal,
      writeMs: () => {
        batches += 1
        if (batches === 200) controller.abort()
        return 2
      },
    })
    const last = written.at(-1)?.batch
    expect(last?.changes).toEqual([])
    expect(last?.sessions.length).toBeGreaterThan(0)
    expect(progress.written).toBe(written.reduce((sum, { batch }) => sum + batch.changes.length, 0))
  })

  it('stops after its count', async () => {
    expect((await simulate({ count: 25 })).progress.written).toBe(25)
  })
})
