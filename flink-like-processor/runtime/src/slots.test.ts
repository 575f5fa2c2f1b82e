import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Running, Slots } from './slots.ts'

/** A run that ends when the test lets it. */
class Run implements Running {
  readonly done: Promise<void>
  isAsked = false
  isOver = false
  #resolve: () => void = () => undefined

  constructor() {
    this.done = new Promise((resolve) => (this.#resolve = resolve))
  }

  end(): void {
    this.isAsked = true
  }

  finish(): void {
    this.isOver = true
    this.#resolve()
  }
}

const ids = fc.subarray(['a', 'b', 'c'])

test('whatever is given and taken away, an id has one run at a time, and in the end one if it is wanted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(ids, fc.nat(4)), { maxLength: 12 }), async (assignments) => {
      const runs: { id: string; run: Run }[] = []
      const slots = new Slots((id: string) => {
        expect(runs.filter((one) => one.id === id && !one.run.isOver)).toEqual([])
        const run = new Run()
        runs.push({ id, run })
        return run
      })
      const finishSome = async (most: number): Promise<void> => {
        for (const { run } of runs.filter((one) => one.run.isAsked && !one.run.isOver).slice(0, most)) run.finish()
        await new Promise((resolve) => setImmediate(resolve))
      }
      for (const [wanted, finished] of assignments) {
        slots.want(new Map(wanted.map((id) => [id, id])))
        await finishSome(finished)
      }
      while (runs.some(({ run }) => run.isAsked && !run.isOver)) await finishSome(Infinity)
      const wanted = assignments.at(-1)?.[0] ?? []
      expect(slots.wanted.map(([id, run]) => [id, run?.isAsked])).toEqual(wanted.map((id) => [id, false]))
      expect(slots.running).toHaveLength(wanted.length)
      const closed = slots.close()
      await finishSome(Infinity)
      await closed
    }),
  )
})
