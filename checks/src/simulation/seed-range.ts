import { inspect } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { faultsOf, Simulation } from './run.ts'
import { type SabotageName } from './sabotage.ts'

/** The seeds of one thread: `first`, `first + step`, … below `end`. */
export interface SeedRange {
  readonly first: number
  readonly end: number
  readonly step: number
  readonly sabotage: SabotageName | undefined
}

/** One seed's run, as a thread tells it. */
export interface SeedReport {
  readonly seed: number
  /** Empty when all is well. */
  readonly faults: readonly string[]
}

const { first, end, step, sabotage } = workerData as SeedRange
for (let seed = first; seed < end; seed += step) {
  const run = new Simulation({ seed, ...(sabotage === undefined ? {} : { sabotage }) }).run()
  const report: SeedReport = { seed, faults: await run.then(faultsOf, (error: unknown) => [inspect(error)]) }
  parentPort?.postMessage(report)
}
