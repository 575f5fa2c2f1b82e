import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { addSettings, createProgram, EXIT_FAILURE, number, text, UsageError, valuesOf } from '@fintech-streams/service'
import { SABOTAGES, type SabotageName } from './sabotage.ts'
import type { SeedRange, SeedReport } from './seed-range.ts'

const PROGRESS_EVERY_SEEDS = 1_000

const settings = {
  seeds: number({ env: 'SIMULATION_SEEDS', default: 10_000, min: 1, integer: true, help: 'how many seeded runs' }),
  first: number({ env: 'SIMULATION_FIRST_SEED', default: 1, min: 0, integer: true, help: 'the first seed' }),
  threads: number({ default: availableParallelism(), min: 1, max: 64, integer: true, help: 'threads to run them in' }),
  sabotage: text({
    default: undefined,
    takes: 'guard',
    help: `take a guard away, and so fail: ${Object.keys(SABOTAGES).join('; ')}`,
  }),
}

export const command = createProgram(
  'simulate',
  'Run the processor on a simulated broker and clock under seeded faults, and compare with the naive recomputation',
)
addSettings(command, settings).action(async () => {
  const { seeds, first, threads, sabotage } = valuesOf(command, settings)
  const guard = sabotageOf(sabotage)
  const startedMs = Date.now()
  let done = 0
  const failed = await runAll({ seeds, first, threads, sabotage: guard }, (report) => {
    done += 1
    if (report.faults.length > 0) showFailure(report, guard)
    else if (done % PROGRESS_EVERY_SEEDS === 0 && done < seeds) console.log(`${done} seeds`)
  })
  const seconds = Math.round((Date.now() - startedMs) / 1_000)
  if (failed === undefined) console.log(`${seeds} seeds from ${first} on: all results as recomputed (${seconds} s)`)
  else process.exitCode = EXIT_FAILURE
})

function sabotageOf(name: string | undefined): SabotageName | undefined {
  if (name === undefined) return undefined
  if (Object.hasOwn(SABOTAGES, name)) return name as SabotageName
  throw new UsageError(`unknown guard "${name}": expected one of ${Object.keys(SABOTAGES).join(', ')}`)
}

function showFailure({ seed, faults }: SeedReport, sabotage: SabotageName | undefined): void {
  console.log(`seed ${seed} is NOT as recomputed:`)
  for (const fault of faults) console.log(`  ${fault}`)
  const broken = sabotage === undefined ? '' : ` --sabotage "${sabotage}"`
  console.log(`replay it: npx fintech simulate --first ${seed} --seeds 1${broken}`)
}

/** Deals the seeds to threads, and stops them all at the first failure. @returns the seed that failed. */
async function runAll(
  {
    seeds,
    first,
    threads,
    sabotage,
  }: { seeds: number; first: number; threads: number; sabotage?: SabotageName | undefined },
  onReport: (report: SeedReport) => void,
): Promise<number | undefined> {
  const count = Math.min(threads, seeds)
  const workers = Array.from({ length: count }, (_, n) => {
    const range: SeedRange = { first: first + n, end: first + seeds, step: count, sabotage }
    return new Worker(join(import.meta.dirname, 'seed-range.ts'), { workerData: range })
  })
  try {
    return await new Promise((resolve, reject) => {
      let running = workers.length
      for (const worker of workers) {
        worker.on('message', (report: SeedReport) => {
          onReport(report)
          if (report.faults.length > 0) resolve(report.seed)
        })
        worker.on('error', reject)
        worker.on('exit', () => {
          running -= 1
          if (running === 0) resolve(undefined)
        })
      }
    })
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
