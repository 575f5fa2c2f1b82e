import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Added, AHEAD_MAX_MS, type ChangedSum, RollingSums, WINDOW_MS } from './rolling-sums.ts'
import { formatUuidWords, UUID_WORDS } from '@fintech-streams/contracts'

const START_MS = Date.UTC(2026, 10, 20)

interface Event {
  readonly user: number
  readonly id: number
  readonly amountMinor: number
  readonly timeMs: number
}

/** The definition itself: every event is kept, and looked at again at each question. */
class Naive {
  #events: Event[] = []
  #nowMs = Number.NEGATIVE_INFINITY

  #at(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    this.#events = this.#events.filter(({ timeMs }) => this.#nowMs - timeMs <= WINDOW_MS)
  }

  add(event: Event, nowMs: number): Added {
    this.#at(nowMs)
    if (this.#nowMs - event.timeMs > WINDOW_MS) return 'expired'
    if (event.timeMs - this.#nowMs > AHEAD_MAX_MS) return 'ahead'
    if (this.#events.some(({ id }) => id === event.id)) return 'duplicate'
    this.#events.push(event)
    return 'counted'
  }

  read(user: number, nowMs: number): { sum: bigint; count: number } {
    this.#at(nowMs)
    const own = this.#events.filter((event) => event.user === user)
    return { sum: own.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n), count: own.length }
  }

  get size(): { users: number; events: number } {
    return { users: new Set(this.#events.map(({ user }) => user)).size, events: this.#events.length }
  }
}

/** The sums by number instead of by UUID. */
class Sums {
  readonly sums: RollingSums
  readonly #ids = new Int32Array(2 * UUID_WORDS)

  constructor(seed = 1) {
    this.sums = new RollingSums({ hashSeed: seed, notesChanges: true })
  }

  add({ user, id, amountMinor, timeMs }: Event, nowMs: number): Added {
    this.#ids[0] = user
    this.#ids[3] = ~user
    this.#ids[4] = id
    return this.sums.add(this.#ids, 0, amountMinor, timeMs, nowMs)
  }

  uuid(user: number): string {
    this.#ids[0] = user
    this.#ids[3] = ~user
    return formatUuidWords(this.#ids, 0)
  }

  read(user: number, nowMs: number): { sum: bigint; count: number } {
    this.#ids[0] = user
    this.#ids[3] = ~user
    const { sumMinor, count } = this.sums.read(this.#ids, 0, nowMs)
    return { sum: BigInt(sumMinor), count }
  }
}

const amount = fc.oneof(
  fc.nat(1_000_000),
  fc.integer({ min: Number.MAX_SAFE_INTEGER - 3, max: Number.MAX_SAFE_INTEGER }),
  fc.maxSafeNat(),
)
const step = fc.record({
  user: fc.nat(5),
  id: fc.nat(40),
  amountMinor: amount,
  // Of the clock: mostly the recent past, both ends of the window, and what lies ahead.
  offsetMs: fc.oneof(
    fc.integer({ min: -50, max: 0 }),
    fc.integer({ min: -WINDOW_MS - 2, max: -WINDOW_MS + 2 }),
    fc.integer({ min: AHEAD_MAX_MS - 2, max: AHEAD_MAX_MS + 2 }),
    fc.integer({ min: -70_000, max: 75_000 }),
  ),
  // Now and then backwards, which must do nothing, and beyond the whole wheel.
  passedMs: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(30_000), fc.integer({ min: -10_000, max: 200_000 })),
})

describe('rolling sums', () => {
  test('are what the definition says, in whatever order and whenever events come', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), fc.integer(), (steps, seed) => {
        const sums = new Sums(seed)
        const naive = new Naive()
        let nowMs = START_MS
        for (const { passedMs, offsetMs, ...event } of steps) {
          nowMs += passedMs
          const timed = { ...event, timeMs: nowMs + offsetMs }
          expect(sums.add(timed, nowMs)).toBe(naive.add(timed, nowMs))
          expect(sums.read(event.user, nowMs)).toEqual(naive.read(event.user, nowMs))
          expect(sums.sums.size).toEqual(naive.size)
        }
        for (let passed = 0; passed <= WINDOW_MS + AHEAD_MAX_MS; passed += 9_973) {
          for (let user = 0; user <= 5; user += 1) {
            expect(sums.read(user, nowMs + passed)).toEqual(naive.read(user, nowMs + passed))
          }
        }
        sums.sums.advance(nowMs + 10_000_000)
        expect(sums.sums.size).toEqual({ users: 0, events: 0 })
      }),
      { numRuns: 60 },
    )
  })

  test('counts many at a time as it counts them one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 80, size: 'max' }), { maxLength: 5 }), (batches) => {
        const oneByOne = new Sums()
        const together = new RollingSums()
        let nowMs = START_MS
        for (const steps of batches) {
          nowMs += Math.max(0, ...steps.map(({ passedMs }) => passedMs))
          const outcomes = steps.map((event) => oneByOne.add({ ...event, timeMs: nowMs + event.offsetMs }, nowMs))
          const events = {
            count: steps.length,
            ids: Int32Array.from(steps.flatMap(({ user, id }) => [user, 0, 0, ~user, id, 0, 0, 0])),
            amountsMinor: Float64Array.from(steps, ({ amountMinor }) => amountMinor),
            timesMs: Float64Array.from(steps, ({ offsetMs }) => nowMs + offsetMs),
          }
          const told: Added[] = []
          together.addAll(events, nowMs, (outcome) => told.push(outcome))
          expect(told).toEqual(outcomes)
          for (let user = 0; user <= 5; user += 1) {
            const { sumMinor, count } = together.read(Int32Array.of(user, 0, 0, ~user), 0, nowMs)
            expect({ sum: BigInt(sumMinor), count }).toEqual(oneByOne.read(user, nowMs))
          }
          // More than a turn of reads, and users that are not there.
          const asked = Array.from({ length: 70 }, (_, n) => n % 8)
          const keys = Int32Array.from(asked.flatMap((user) => [user, 0, 0, ~user]))
          const read: unknown[] = []
          together.readAll(asked.length, keys, nowMs, (sumMinor, count) => read.push({ sum: BigInt(sumMinor), count }))
          expect(read).toEqual(asked.map((user) => oneByOne.read(user, nowMs)))
        }
      }),
      { numRuns: 50 },
    )
  })

  test('whoever applies the changes, and forgets a user when told, has the same sums', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), fc.nat(5), (steps, most) => {
        const sums = new Sums()
        const copy = new Map<string, ChangedSum>()
        let nowMs = START_MS
        for (const { passedMs, offsetMs, ...event } of steps) {
          nowMs += Math.max(0, passedMs)
          sums.add({ ...event, timeMs: nowMs + offsetMs }, nowMs)
          // Not always all of them: then the rest is still to come.
          for (const change of sums.sums.takeChanges(most)) copy.set(change.customerId, change)
          if (most > 0) for (const change of sums.sums.takeChanges(1_000)) copy.set(change.customerId, change)
          else continue
          for (let user = 0; user <= 5; user += 1) {
            const told = copy.get(sums.uuid(user))
            const known = told === undefined || told.countsUntilMs < nowMs ? { sumMinor: 0, count: 0 } : told
            expect({ sum: BigInt(known.sumMinor), count: known.count }).toEqual(sums.read(user, nowMs))
          }
        }
        sums.sums.changeAll()
        expect(sums.sums.takeChanges(1_000)).toHaveLength(sums.sums.size.users)
      }),
      { numRuns: 50 },
    )
  })

  test('an event counts when it is exactly 60 s old, and not one millisecond later', () => {
    const sums = new Sums()
    sums.add({ user: 1, id: 1, amountMinor: 250, timeMs: START_MS }, START_MS)
    expect(sums.read(1, START_MS + 60_000)).toEqual({ sum: 250n, count: 1 })
    expect(sums.read(1, START_MS + 60_001)).toEqual({ sum: 0n, count: 0 })
  })

  test('an event ahead of the clock counts at once and until it is 60 s old', () => {
    const sums = new Sums()
    sums.add({ user: 1, id: 1, amountMinor: 250, timeMs: START_MS + 30_000 }, START_MS)
    expect(sums.read(1, START_MS).count).toBe(1)
    expect(sums.read(1, START_MS + 90_000).count).toBe(1)
    expect(sums.read(1, START_MS + 90_001).count).toBe(0)
  })

  test('a transaction that is sent twice counts once', () => {
    const sums = new Sums()
    const event = { user: 1, id: 1, amountMinor: 250, timeMs: START_MS }
    expect(sums.add(event, START_MS)).toBe('counted')
    expect(sums.add(event, START_MS + 60_000)).toBe('duplicate')
    expect(sums.read(1, START_MS + 60_000)).toEqual({ sum: 250n, count: 1 })
    expect(sums.add(event, START_MS + 60_001)).toBe('expired')
  })

  test('a sum beyond the safe range is exact, and comes down again exactly', () => {
    const sums = new Sums()
    const amountMinor = Number.MAX_SAFE_INTEGER
    for (let id = 0; id < 1_000; id += 1) sums.add({ user: 1, id, amountMinor, timeMs: START_MS + id }, START_MS + id)
    expect(sums.read(1, START_MS + 1_000).sum).toBe(1_000n * BigInt(amountMinor))
    expect(sums.read(1, START_MS + WINDOW_MS + 998)).toEqual({ sum: 2n * BigInt(amountMinor), count: 2 })
  })
})
