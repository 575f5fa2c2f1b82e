import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { FAULTS, schedule } from './faults.ts'
import { type Fault } from './scene.ts'

const everything = (): boolean => true
const kindsOf = (faults: readonly unknown[]): number => new Set(faults).size

describe('the faults of a run', () => {
  it('are as many as asked for, of every kind, in an order that the seed repeats', () => {
    const faults = schedule(new Random(7), 60, everything)
    expect(faults).toHaveLength(60)
    expect(kindsOf(faults)).toBe(kindsOf(schedule(new Random(1), 1_000, everything)))
    expect(schedule(new Random(7), 60, everything)).toEqual(faults)
    expect(schedule(new Random(8), 60, everything)).not.toEqual(faults)
  })

  it('have a name each, and say what they do and how they heal', () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
    for (const { does, heals } of FAULTS) expect([does, heals]).toEqual([expect.any(String), expect.any(String)])
  })

  it('leave out what the stack does not have', () => {
    const without = schedule(new Random(7), 60, ({ needs }: Fault) => needs !== 'serving')
    expect(without).toHaveLength(60)
    expect(kindsOf(without)).toBe(kindsOf(schedule(new Random(7), 60, everything)) - 2)
  })
})
