import { describe, expect, it } from 'vitest'
import { isFlawless } from '../verify/compare.ts'
import { Simulation, type SimulationOptions } from './run.ts'

/** `SIMULATION_SEEDS=10000` for more; `SIMULATION_FIRST_SEED=…` with one seed replays a failure exactly. */
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 200)
const FIRST_SEED = Number(process.env['SIMULATION_FIRST_SEED'] ?? 1)

async function faultsOf(options: SimulationOptions): Promise<string[]> {
  const { comparisons } = await new Simulation(options).run()
  return comparisons
    .filter((comparison) => !isFlawless(comparison))
    .map((comparison) => `seed ${options.seed}: ${JSON.stringify(comparison)}`)
}

describe('simulation', () => {
  it(`gives the naive recomputation's results whatever fails (${SEEDS} seeds)`, { timeout: 3_600_000 }, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      expect(await faultsOf({ seed })).toEqual([])
    }
  })
})
