import { describe, expect, it } from 'vitest'
import { Disturbances } from './disturbances.ts'
import { SABOTAGES, type SabotageName } from './sabotage.ts'
import { faultsOf, Simulation } from './run.ts'

/** `npx fintech simulate` runs more of them. */
const SEEDS = 200
/** Seeds within which a missing guard must be noticed. */
const NOTICED_WITHIN_SEEDS = 100

describe('simulation', () => {
  it(`gives the naive recomputation's results whatever fails (${SEEDS} seeds)`, { timeout: 600_000 }, async () => {
    const disturbances = new Disturbances()
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await new Simulation({ seed }).run()
      expect(faultsOf(result), `npx fintech simulate --first ${seed} --seeds 1`).toEqual([])
      disturbances.add(result.disturbances)
    }
    expect(disturbances.missing()).toEqual([])
  })

  it('runs the same again from the same seed', async () => {
    const [one, two] = [await new Simulation({ seed: 7 }).run(), await new Simulation({ seed: 7 }).run()]
    expect(two).toEqual(one)
  })
})

describe('the simulation notices when a guard is taken away:', () => {
  it.each(Object.keys(SABOTAGES) as SabotageName[])('%s', { timeout: 300_000 }, async (name) => {
    expect(await isNoticed(name)).toBe(true)
  })
})

/** Whether some seed shows the fault that this sabotage must cause. Anything thrown is a bug of the simulation. */
async function isNoticed(name: SabotageName): Promise<boolean> {
  for (let seed = 1; seed <= NOTICED_WITHIN_SEEDS; seed += 1) {
    const { comparisons } = await new Simulation({ seed, sabotage: name }).run()
    if (comparisons.some((comparison) => comparison[SABOTAGES[name].fault] > 0)) return true
  }
  return false
}
