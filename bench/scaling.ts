/**
 * Two workers on two cores against one on one of them. The broker has no core of its own: it shares both.
 *
 * node bench/scaling.ts --records 1000000 --runs 3
 */
import { addSettings, createProgram, number, runProgram, valuesOf } from '@fintech-streams/service'
import { minutes } from '@fintech-streams/contracts'
import { kafkaOf, stopStack } from '@fintech-streams/local'
import { benchFolder, forgetResults, openBenchStack, startBroker } from './src/bench-stack.ts'
import { markdown, medianOf, oneDigit, whole } from './src/figures.ts'
import { prefillFile, produceFile } from './src/prefill.ts'
import { measureThroughput, type Throughput } from './src/processor-run.ts'

const CORES = ['0', '1']
const BOTH = '0-1'
const settings = {
  records: number({ default: 1_000_000, min: 1_000, max: 100_000_000, integer: true, help: 'transactions' }),
  customers: number({ default: 100_000, min: 1, max: 10_000_000, integer: true, help: 'customers' }),
  runs: number({ default: 3, min: 1, max: 100, integer: true, help: 'runs of each' }),
}

const program = createProgram('scaling', 'One worker against two')
addSettings(program, settings).action(async () => {
  const { records: transactions, customers, runs } = valuesOf(program, settings)
  const workload = { transactions, customers, skew: 0.8, stepMs: minutes(60) / transactions }
  const path = await prefillFile(benchFolder(), { seed: 1, workloads: [workload], closes: true })
  const stack = await openBenchStack('scaling')
  const one: Throughput[] = []
  const two: Throughput[] = []
  try {
    await startBroker(stack, BOTH)
    const total = await produceFile(kafkaOf(stack, 'bench'), path)
    for (let run = 1; run <= runs; run += 1) {
      await forgetResults(stack, { source: false })
      one.push(await measureThroughput(stack, `one-${run}`, CORES.slice(1), total))
      await forgetResults(stack, { source: false })
      two.push(await measureThroughput(stack, `two-${run}`, CORES, total))
      console.log(`run ${run}: ${whole(one.at(-1)!.perSecond)}/s with one, ${whole(two.at(-1)!.perSecond)}/s with two`)
    }
  } finally {
    await stopStack(stack)
  }
  const base = medianOf(one, (run) => run.perSecond)
  const baseMiddle = medianOf(one, (run) => run.middlePerSecond)
  const line = (name: string, runsOf: readonly Throughput[]): string[] => [
    name,
    whole(medianOf(runsOf, (run) => run.perSecond)),
    whole(medianOf(runsOf, (run) => run.middlePerSecond)),
    oneDigit(medianOf(runsOf, (run) => run.cpuSecondsPerMillion)),
    (medianOf(runsOf, (run) => run.perSecond) / base).toFixed(2),
    (medianOf(runsOf, (run) => run.middlePerSecond) / baseMiddle).toFixed(2),
  ]
  const head = ['workers', 'records/s', 'middle 80 %', 'CPU s per million', 'ratio', 'ratio, middle']
  console.log(`\n${markdown([head, line('one', one), line('two', two)])}`)
})
await runProgram(program)
