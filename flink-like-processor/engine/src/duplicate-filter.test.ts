import { minutes } from '@fintech-streams/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DuplicateFilter } from './duplicate-filter.ts'
import { BLOCK_BYTES, RecordBuffer } from '@fintech-streams/records'

const START_MS = Date.UTC(2026, 10, 20, 12)
const HORIZON_MS = minutes(15)

const idOf = (n: number): string => `0a1b2c3d-ffff-4000-8000-${n.toString(16).padStart(12, '0')}`

/** A filter and the changelog that its checkpoints have left, compacted. */
class Kept {
  filter = new DuplicateFilter()
  readonly changelog = new Map<string, Buffer>()

  checkpoint(horizonMs: number): void {
    const entries = new RecordBuffer()
    this.filter.writeChanges(entries, horizonMs)
    for (const { key, value } of entries) {
      if (value === null) this.changelog.delete(key)
      else this.changelog.set(key, value)
    }
  }

  /** Goes on with nothing but the changelog. */
  recover(horizonMs: number): void {
    this.filter = new DuplicateFilter()
    for (const [key, value] of this.changelog) this.filter.restore(key, value, horizonMs)
  }
}

describe('ids in the changelog', () => {
  it('after any checkpoints and recoveries, the same ids are duplicates as without', () => {
    const steps = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 60 }),
        backMs: fc.integer({ min: 0, max: HORIZON_MS }),
        forwardMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: minutes(4) })),
        then: fc.constantFrom('nothing', 'nothing', 'checkpoint', 'recovery'),
      }),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(steps, (all) => {
        const kept = new Kept()
        const straight = new DuplicateFilter()
        let nowMs = START_MS
        for (const { id, backMs, forwardMs, then } of all) {
          nowMs += forwardMs
          const horizonMs = nowMs - HORIZON_MS
          const event = [idOf(id), nowMs - backMs, horizonMs] as const
          expect(kept.filter.isDuplicate(...event)).toBe(straight.isDuplicate(...event))
          if (then !== 'nothing') kept.checkpoint(horizonMs)
          if (then === 'recovery') kept.recover(horizonMs)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('are written once, and removed when they are behind the horizon', () => {
    const kept = new Kept()
    const horizonOf = (minute: number): number => START_MS + minutes(minute) - HORIZON_MS
    for (let minute = 0; minute < 60; minute += 1) {
      for (let n = 0; n < 10; n += 1) {
        kept.filter.isDuplicate(idOf(minute * 10 + n), START_MS + minutes(minute) + n, horizonOf(minute))
      }
      kept.checkpoint(horizonOf(minute))
      // The second checkpoint of a minute has nothing to add.
      kept.checkpoint(horizonOf(minute))
    }
    expect(kept.changelog.size).toBe(16)
  })

  it('of a minute with very many are several entries', () => {
    const kept = new Kept()
    const count = 50_001
    for (let n = 0; n < count; n += 1) kept.filter.isDuplicate(idOf(n), START_MS, 0)
    kept.checkpoint(0)
    expect([...kept.changelog.values()].map((value) => value.length < BLOCK_BYTES)).toEqual(Array(6).fill(true))
    kept.recover(0)
    for (let n = 0; n < count; n += 1) expect(kept.filter.isDuplicate(idOf(n), START_MS, 0)).toBe(true)
    expect(kept.filter.isDuplicate(idOf(count), START_MS, 0)).toBe(false)
  })
})
