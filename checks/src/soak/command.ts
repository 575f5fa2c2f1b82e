import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  addSettings,
  createProgram,
  duration,
  EXIT_FAILURE,
  names,
  number,
  OperatingError,
  port,
  shownDuration,
  stopSignal,
  type Values,
  valuesOf,
} from '@fintech-streams/service'
import { MINUTE_MS } from '@fintech-streams/contracts'
import { clean, startProcesses, stopStack, type Stack } from '@fintech-streams/local'
import { loadBetween } from '../chaos/load.ts'
import { loadLine } from '../chaos/report.ts'
import { untilAtRest } from '../chaos/settle.ts'
import { runCommand } from '../command.ts'
import { ownStack } from '../stack.ts'
import { plot } from './plot.ts'
import { page, type SoakSummary, verdictLines } from './report.ts'
import { shortRetention } from './retention.ts'
import { Sampler } from './sampler.ts'
import { judge } from './series.ts'

const PROCESSES = ['postgres', 'kafka', 'connect', 'processor', 'sink', 'audit', 'counter', 'serving'] as const
const CORE = PROCESSES.slice(0, 6)
const PROGRESS_EVERY_SAMPLES = 6

const settings = {
  duration: duration({ env: 'SOAK_DURATION', default: 60 * MINUTE_MS, help: 'how long to hold the load' }),
  rate: number({ default: 1_000, min: 1, integer: true, help: 'transactions a second' }),
  customers: number({ default: 50_000, min: 100, integer: true, help: 'customers' }),
  every: duration({ default: 10_000, help: 'between two samples' }),
  retention: duration({ default: 5 * MINUTE_MS, help: 'retention of topics that have one, so that they turn over' }),
  processorHeap: number({ default: 400, min: 64, integer: true, help: "the processor's heap in MB; its container's" }),
  processes: names({ default: CORE, known: PROCESSES, help: 'what to run' }),
  seed: number({ default: 1, min: 0, integer: true, help: 'of the generator' }),
  firstPort: port({ default: 30_150, help: 'its processes listen on ports from here on' }),
}

const say = (line: string): void => console.log(line)

export const command = createProgram(
  'soak',
  'Hold a load on a stack of its own, and measure whether anything grows without bound',
)
addSettings(command, settings).action(async () => {
  const values = valuesOf(command, settings)
  const signal = stopSignal()
  const stack = ownStack('soak', values.firstPort, { PROCESSOR_HEAP_MB: String(values.processorHeap) })
  say(`state, logs, samples.csv and the report in ${stack.dataDir}`)
  await clean(stack, false, () => undefined)
  try {
    await run(stack, values, signal)
  } finally {
    await stopStack(stack)
  }
})

async function run(stack: Stack, values: Values<typeof settings>, signal: AbortSignal): Promise<void> {
  const early = values.processes.filter((name) => name !== 'serving')
  await startProcesses(stack, early, say, signal)
  await must(stack, 'connectors', ['apply'])
  // The first rows make the connectors' topics, and have to be there for that.
  await must(stack, 'generator', [
    ...['run-all', '--flat', '--rate', '100', '--duration', '10s', '--seed', String(values.seed)],
    ...['--num-customers', String(values.customers)],
  ])
  await untilAtRest(stack)
  await shortRetention(stack, values.retention)
  const env = {
    ...stack.env,
    GENERATOR_RATE: String(values.rate),
    GENERATOR_FLAT: '1',
    GENERATOR_SEED: String(values.seed + 1),
  }
  await startProcesses({ ...stack, env }, ['generator', ...values.processes], say, signal)
  const startedMs = Date.now()
  const sampler = new Sampler(stack, [...values.processes, 'generator'], startedMs)
  await hold(stack, sampler, startedMs + values.duration, values.every, signal)
  const load = await loadBetween(stack, startedMs, Date.now(), values.rate)
  const verdicts = sampler.series.map((series) => judge(series, sampler.seconds))
  const summary: SoakSummary = {
    startedAt: new Date(startedMs).toISOString(),
    minutes: Math.round((Date.now() - startedMs) / MINUTE_MS),
    customers: values.customers,
    load,
    machine: `${availableParallelism()} cores, ${Math.round(totalmem() / 1e9)} GB, load ${loadavg()[2]?.toFixed(1)} in the last 15 minutes`,
    command: `make soak DURATION=${shownDuration(values.duration)} RATE=${values.rate} CUSTOMERS=${values.customers}`,
    verdicts,
  }
  writeFileSync(join(stack.dataDir, 'soak.svg'), await plot(sampler.series, sampler.seconds))
  writeFileSync(join(stack.dataDir, 'soak.md'), page(summary, 'soak.svg'))
  say(loadLine(load))
  verdictLines(verdicts).forEach(say)
  const growing = verdicts.filter(({ verdict }) => verdict === 'grows')
  if (growing.length === 0) return say('nothing grows')
  say(`grows: ${growing.map(({ name }) => name).join(', ')}`)
  process.exitCode = EXIT_FAILURE
}

async function hold(
  stack: Stack,
  sampler: Sampler,
  untilMs: number,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  mkdirSync(stack.dataDir, { recursive: true })
  for (let n = 1; Date.now() < untilMs; n += 1) {
    const nextMs = Date.now() + everyMs
    await sampler.sample()
    writeFileSync(join(stack.dataDir, 'samples.csv'), sampler.csv())
    if (n % PROGRESS_EVERY_SAMPLES === 0) say(`${sampler.seconds.at(-1)} s`)
    await sleep(Math.max(0, nextMs - Date.now()), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) throw new OperatingError('interrupted', 'interrupted: the samples so far are in samples.csv')
  }
}

async function must(stack: Stack, file: string, args: readonly string[]): Promise<void> {
  const { code, stderr, stdout } = await runCommand(stack, file, args)
  if (code !== 0) throw new OperatingError('program_failed', `${file} failed: ${stderr || stdout}`)
}
