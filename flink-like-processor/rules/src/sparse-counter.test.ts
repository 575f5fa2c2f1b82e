import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from '@fintech-streams/records'
import { SparseCounter } from './sparse-counter.ts'

/** A counter as the changelog has it. */
function written(counter: SparseCounter): number[] {
  const into = new ByteWriter()
  counter.write(into)
  return JSON.parse(into.bytes.toString('utf8', 0, into.length)) as number[]
}

function countsOf(pairs: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (let at = 0; at < pairs.length; at += 2) counts.set(pairs[at]!, pairs[at + 1]!)
  return counts
}

test('it counts as a map does, whatever is forgotten, saved and restored in between', () => {
  const slot = fc.integer({ min: -40, max: 40 })
  const step = fc.oneof(
    { arbitrary: fc.record({ do: fc.constant('increment' as const), slot }), weight: 6 },
    fc.record({ do: fc.constant('dropBelow' as const), slot }),
    fc.record({ do: fc.constant('restore' as const), slot }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), slot, slot, (steps, first, last) => {
      let counter = new SparseCounter()
      const counts = new Map<number, number>()
      for (const { do: what, slot: at } of steps) {
        if (what === 'increment') {
          counter.increment(at)
          counts.set(at, (counts.get(at) ?? 0) + 1)
        } else if (what === 'dropBelow') {
          counter.dropBelow(at)
          for (const known of counts.keys()) if (known < at) counts.delete(known)
        } else {
          counter = new SparseCounter(written(counter))
        }
      }
      expect(countsOf(written(counter))).toEqual(counts)
      expect(counter.get(first)).toBe(counts.get(first) ?? 0)
      const within = [...counts].filter(([known]) => known >= first && known <= last)
      expect(counter.sum(first, last)).toBe(within.reduce((sum, [, count]) => sum + count, 0))
    }),
  )
})
