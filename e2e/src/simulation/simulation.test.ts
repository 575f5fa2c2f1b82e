import { DuplicateFilter } from '@fintech-streams/processor/engine/duplicate-filter.ts'
import { describe, expect, it, vi } from 'vitest'
import { isFlawless } from '../verify/compare.ts'
import { Simulation, type SimulationOptions } from './run.ts'
import { KeepsReplayOutputs, NeverRelearns, WritesNoMarker } from './sabotage.ts'

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

describe('the simulation notices when a guard is taken away:', () => {
  const guards: Record<string, Omit<SimulationOptions, 'seed'>> = {
    'offsets outside the transaction': { broken: { offsetsOutsideTransaction: true } },
    'no fencing': { broken: { noFencing: true } },
    'outputs not discarded in replay': { wrap: (operator) => new KeepsReplayOutputs(operator) },
    'changelog without its marker': { wrap: (operator) => new WritesNoMarker(operator) },
    'ids not learned again': { wrap: (operator) => new NeverRelearns(operator) },
  }
  for (const [name, options] of Object.entries(guards)) {
    it(name, { timeout: 120_000 }, async () => {
      expect(await isNoticed(options)).toBe(true)
    })
  }

  it('no dedupe', { timeout: 120_000 }, async () => {
    const broken = vi.spyOn(DuplicateFilter.prototype, 'isDuplicate').mockReturnValue(false)
    try {
      expect(await isNoticed({})).toBe(true)
    } finally {
      broken.mockRestore()
    }
  })
})

/** Whether some seed out of a hundred fails, by a wrong result or by not coming to rest. */
async function isNoticed(options: Omit<SimulationOptions, 'seed'>): Promise<boolean> {
  for (let seed = 1; seed <= 100; seed += 1) {
    const faults = await faultsOf({ ...options, seed }).catch((error: unknown) => [String(error)])
    if (faults.length > 0) return true
  }
  return false
}
